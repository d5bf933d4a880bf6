/** A lake in a folder, a registry of real definitions, and no deployment: what a training set is made of, for tests. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DuckDBConnection, Json } from '@duckdb/node-api'
import { timestampText } from '../../core/values.ts'
import { applyDefinitions } from '../../registry/apply.ts'
import { collect } from '../../registry/definitions/collect.ts'
import { type Definitions, EMPTY_REGISTRY, type RegistrySnapshot } from '../../registry/objects.ts'
import type { Control } from '../control.ts'
import { query, withDuckDB } from '../duckdb.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { prepareDefinitions } from '../on-demand/prepare.ts'
import { SILENT } from '../progress.ts'
import { literal } from '../sql/text.ts'
import { type TrainingRequest, type TrainingSet, trainingSet } from './training-set.ts'

/** 2001-07-01T00:00:00Z, microseconds since the epoch. */
export const START = 993_945_600_000_000
export const SECOND = 1_000_000
/** The deployment's clock: a day later. */
export const NOW = START + 86_400 * SECOND

export type Row = Readonly<Record<string, Json>>

export interface Desk {
  readonly db: DuckDBConnection
  readonly folder: string
  /** What the deployment says; a test may change it. */
  state: { registry: RegistrySnapshot; quarantined: readonly { readonly uri: string; readonly etag: string }[] }
  /** Everything that was asked of the deployment beside reading it. */
  readonly asked: string[]
  readonly work: Workplace
  /** Registers what the definitions say, beside nothing else. */
  define(definitions: Readonly<Record<string, object>> | Definitions): Promise<RegistrySnapshot>
  /** Writes rows of a query as Parquet, in their order. @returns its path */
  parquet(name: string, sql: string): Promise<string>
  /** Writes a file of text. @returns its path */
  write(name: string, text: string): Promise<string>
  path(name: string): string
  /** Makes a set that is not registered. @param given `out` is a file of the desk's folder unless it says where */
  train(given: Omit<TrainingRequest, 'out'> & { readonly out?: string }): Promise<TrainingSet>
  /** The rows of the last set, in their order. @param columns SQL */
  rows(columns?: string, file?: string): Promise<readonly Row[]>
}

/** Runs `work` with a folder of its own, and leaves nothing behind. */
export async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'shoreline-training-'))
  try {
    return await withDuckDB({ spill: join(folder, 'spill'), memory: '1GB' }, (db) => work(deskIn(folder, db)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same for all tests of a file. */
export async function openDesk(): Promise<{ readonly desk: Desk; readonly close: () => Promise<void> }> {
  const opened = Promise.withResolvers<Desk>()
  const closing = Promise.withResolvers<void>()
  const closed = atDesk((desk) => {
    opened.resolve(desk)
    return closing.promise
  })
  const close = (): Promise<void> => {
    closing.resolve()
    return closed
  }
  return { desk: await Promise.race([opened.promise, closed.then(() => opened.promise)]), close }
}

function deskIn(folder: string, db: DuckDBConnection): Desk {
  const state: Desk['state'] = { registry: EMPTY_REGISTRY, quarantined: [] }
  const asked: string[] = []
  const path = (name: string): string => join(folder, name)
  const out = path('out/set.parquet')
  const control: Pick<Control, 'registry' | 'head' | 'quarantine' | 'startTrainingSet'> = {
    registry: async () => state.registry,
    head: async () => ({ now: timestampText(NOW) }) as Awaited<ReturnType<Control['head']>>,
    quarantine: async () => ({ objects: state.quarantined }) as Awaited<ReturnType<Control['quarantine']>>,
    startTrainingSet: async ({ name }) => {
      asked.push(`register ${name}`)
      throw new Error('no test of this desk registers anything')
    },
  }
  const workplace: Workplace = {
    control: control as Control,
    lake: { folder },
    bucket: `file://${path('bucket')}`,
    folder: path('work'),
    memory: '1GB',
    progress: SILENT,
  }
  return {
    db,
    folder,
    state,
    asked,
    work: workplace,
    path,
    async define(definitions) {
      const given = 'entities' in definitions ? (definitions as Definitions) : collect(definitions)
      const loaded = { definitions: given, onDemand: new Map(), files: [] }
      const prepared = await prepareDefinitions(loaded, {
        root: folder,
        folder: path('work'),
        memory: '1GB',
        statistics: { find: async (set) => Promise.reject(new Error(`${set} is not registered`)), registry: null },
      })
      state.registry = (await applyDefinitions(EMPTY_REGISTRY, prepared.definitions)).snapshot
      return state.registry
    },
    async parquet(name, sql) {
      await mkdir(dirname(path(name)), { recursive: true })
      await db.run('set preserve_insertion_order = true')
      await db.run(`copy (${sql}) to ${literal(path(name))} (format parquet, dictionary_size_limit 0)`)
      return path(name)
    },
    async write(name, text) {
      await writeFile(path(name), text)
      return path(name)
    },
    train: (given) => trainingSet(workplace, { out, local: true, ...given }),
    rows: (columns = '*', file = out) =>
      query(
        db,
        `select ${columns} from read_parquet(${literal(file)}, file_row_number = true) order by file_row_number`,
      ),
  }
}
