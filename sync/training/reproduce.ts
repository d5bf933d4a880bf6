/** Makes a training set again from its manifest, and says whether it is the same: the same bytes, or what is different. */
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ShorelineError } from '../../core/errors.ts'
import { parseReference } from '../../core/name.ts'
import { trainingPrefix } from '../../core/storage.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { SourceVersion, TrainingManifest, TrainingSplit } from '../../registry/training.ts'
import { openLake } from '../lake/resolve.ts'
import type { Workplace } from '../materialize/materialize.ts'
import type { SpineRequest } from './spine/request.ts'
import { trainingSet } from './training-set.ts'

export interface Reproduced {
  /** `name@version`, or the file. */
  readonly training_set: string
  readonly same: boolean
  readonly hash: string
  readonly made_hash: string
  readonly rows: number
  readonly made_rows: number
  /** What explains a difference, a sentence each. */
  readonly changes: readonly string[]
}

/**
 * @param reference the manifest's file, or `name@version` of a registered one
 * @param out where the new one is kept; nowhere when left out
 * @throws ShorelineError as making it does
 */
export async function reproduce(work: Workplace, reference: string, out: string | undefined): Promise<Reproduced> {
  const manifest = await readManifest(work, reference)
  const kept = out ?? join(work.folder, 'runs', `again-${randomUUID()}`, `again.${manifest.options.format}`)
  try {
    const { manifest: made } = await trainingSet(work, requestOf(manifest, kept))
    const changes = changesOf(manifest, made)
    const same = made.hash === manifest.hash
    return {
      training_set: manifest.version === null ? basename(reference) : `${manifest.name}@${manifest.version}`,
      same,
      hash: manifest.hash,
      made_hash: made.hash,
      rows: manifest.rows,
      made_rows: made.rows,
      changes: same || changes.length > 0 ? changes : ['The same sources, definitions and options gave other bytes.'],
    }
  } finally {
    if (out === undefined) await rm(resolve(kept, '..'), { recursive: true, force: true })
  }
}

export function reproducedText({ training_set: name, same, changes, rows, made_rows: made }: Reproduced): string {
  const head = same
    ? `${name}: the same bytes, ${rows.toLocaleString('en')} rows`
    : `${name}: not the same, ${rows.toLocaleString('en')} rows then, ${made.toLocaleString('en')} now`
  return [head, ...changes.map((change) => `  ${change}`)].join('\n')
}

async function readManifest(work: Workplace, reference: string): Promise<TrainingManifest> {
  const named = parseReference(reference)
  const text = named
    ? await registeredText(work, named.name, named.version)
    : await readFile(reference, 'utf8').catch(() => null)
  if (text === null)
    throw new ShorelineError(
      'UNKNOWN_NAME',
      `There is no manifest ${reference}. Give the file that "shoreline train" wrote, or name@version from "shoreline training-sets".`,
    )
  const manifest = parsed(text)
  if (typeof manifest === 'object' && manifest !== null && 'format' in manifest && manifest.format === 1)
    return manifest as TrainingManifest
  throw new ShorelineError('INVALID', `${reference} is no manifest of a training set that this version reads.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function registeredText(work: Workplace, name: string, version: number | undefined): Promise<string | null> {
  const found = await work.control.trainingSet(version === undefined ? name : `${name}@${version}`)
  const lake = openLake(work.bucket, work.lake)
  return lake.text(`${trainingPrefix(found.name, found.version)}manifest.json`)
}

function requestOf(manifest: TrainingManifest, out: string): Parameters<typeof trainingSet>[1] {
  const { service, features, options, spine, name } = manifest
  const subject = service === null ? { features, roles: rolesOf(manifest) } : { service }
  const asOf = parseTimestamp(options.as_of)
  if (asOf === null)
    throw new ShorelineError('INVALID', `the manifest's as_of is ${options.as_of}, which is no instant.`)
  return {
    subject,
    spine: spineOf(spine),
    ...{ out, name, asOf, local: true },
    timestamp: options.timestamp,
    format: options.format,
    asKnown: options.as_known,
    fullNames: options.full_names,
    statuses: options.statuses,
    types: options.types,
    ...(options.split ? { split: splitOf(options.split) } : {}),
  }
}

/** What named the view of each feature: a list of features is kept with versions that it may not have been written with. */
function rolesOf({ features, views, columns, options }: TrainingManifest): readonly string[] {
  const named = columns.filter(({ is }) => is === 'feature')
  return features.map((reference, at) => {
    const [view = '', feature = ''] = reference.split(':')
    if (options.full_names) return named[at]?.name.slice(0, -`__${feature}`.length) ?? view
    return views.find((one) => one.view === view)?.as ?? view
  })
}

function spineOf(spine: TrainingManifest['spine']): SpineRequest {
  if (spine.kind === 'files') return { files: spine.path }
  if (spine.kind === 'sql') return { sql: spine.sql }
  return { from: parseTimestamp(spine.from) ?? 0, to: parseTimestamp(spine.to) ?? 0, every: spine.every }
}

function splitOf({ kind, shares, by, seed }: TrainingSplit) {
  const how = `${kind}:${shares.join('/')}`
  return kind === 'time' ? { how, seed } : { how, by, seed }
}

function changesOf(then: TrainingManifest, now: TrainingManifest): readonly string[] {
  const changes: string[] = []
  if (then.spine.hash !== now.spine.hash)
    changes.push(
      then.spine.kind === 'files' ? `The spine ${then.spine.path} is another file.` : 'The spine gives other rows.',
    )
  const left = new Set(then.quarantined.map(versionText))
  const leaves = new Set(now.quarantined.map(versionText))
  // What went to quarantine, or came from there, is said once.
  const read = (list: readonly SourceVersion[] = []): readonly SourceVersion[] =>
    list.filter((one) => !left.has(versionText(one)) && !leaves.has(versionText(one)))
  for (const name of new Set([...Object.keys(then.sources), ...Object.keys(now.sources)]))
    changes.push(...objectChanges(name, read(then.sources[name]), read(now.sources[name])))
  for (const one of leaves) if (!left.has(one)) changes.push(`${one} is in quarantine now.`)
  for (const one of left) if (!leaves.has(one)) changes.push(`${one} was in quarantine then.`)
  for (const [at, view] of then.views.entries())
    if (view.hash !== now.views[at]?.hash || view.lag !== now.views[at]?.lag)
      changes.push(`${view.view} is not what it was.`)
  if (then.written_by.duckdb !== now.written_by.duckdb)
    changes.push(`It was written by DuckDB ${then.written_by.duckdb}, and now by ${now.written_by.duckdb}.`)
  if (then.written_by.shoreline !== now.written_by.shoreline)
    changes.push(`It was written by Shoreline ${then.written_by.shoreline}, and now by ${now.written_by.shoreline}.`)
  return changes
}

function versionText({ uri, etag }: { readonly uri: string; readonly etag: string }): string {
  return `${uri} (ETag ${etag})`
}

const LISTED = 10

function objectChanges(name: string, then: readonly SourceVersion[], now: readonly SourceVersion[]): readonly string[] {
  const before = new Map(then.map(({ uri, etag }) => [uri, etag]))
  const after = new Map(now.map(({ uri, etag }) => [uri, etag]))
  const found = [
    ...[...before].flatMap(([uri, etag]) => {
      const other = after.get(uri)
      if (other === undefined) return [`source ${name}: ${uri} is gone.`]
      return other === etag ? [] : [`source ${name}: ${uri} was replaced (ETag ${etag}, now ${other}).`]
    }),
    ...[...after.keys()].filter((uri) => !before.has(uri)).map((uri) => `source ${name}: ${uri} is new.`),
  ]
  if (found.length <= LISTED) return found
  return [...found.slice(0, LISTED), `source ${name}: and ${found.length - LISTED} more objects.`]
}
