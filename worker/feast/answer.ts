/** One request in Feast's form, served like every other: it reads keys from columns, and writes columns. */
import { ShorelineError } from '../../core/errors.ts'
import { checkKeyLength, joinKeyParts } from '../../core/keys.ts'
import { MAX_ROWS, MAX_ROWS_TIMES_VIEWS } from '../../core/limits.ts'
import type { RegistrySnapshot } from '../../registry/objects.ts'
import { StatusTally } from '../metrics/tally.ts'
import { type BoundPlan, countTallies, type Options, type RowKeys } from '../serving/bound.ts'
import type { GivenValues } from '../serving/given.ts'
import type { LoadedHead } from '../serving/heads.ts'
import { pick } from '../serving/picked.ts'
import type { ReadyPlan } from '../serving/plans.ts'
import type { ReadRows, Surface } from '../serving/serve.ts'
import { type ColumnParts, EPOCH, PRESENT, pickedParts, writeMerged, writeStored } from './columns.ts'
import type { Entities, KeyColumn } from './entities.ts'
import { checkNames, type FeastForm, type FeatureNames, feastForm } from './form.ts'
import { recognize } from './recognized.ts'

export interface FeastAsked {
  readonly entities: Entities
  /** As `readReferences` gives them; empty for a service. */
  readonly references: readonly string[]
  readonly fullNames: boolean
}

/** A join key of the answer: what it is called, and its values as a JSON array. */
interface Echo {
  readonly name: string
  readonly text: string
}

/** What `readRows` found out and `write` needs. */
interface Ready {
  readonly form: FeastForm
  readonly names: FeatureNames
  readonly echoes: readonly Echo[]
  /** Per view: which rows have a key; null when all have. */
  readonly keyed: readonly (readonly boolean[] | null)[]
}

export class FeastRequest implements Surface {
  readonly #asked: FeastAsked
  readonly #rows: number
  readonly #registry: (revision: number) => Promise<RegistrySnapshot>
  #ready: Ready | undefined

  /**
   * @param registry reads the registry of a revision; only asked where a column is no join key of what is wanted
   * @throws ShorelineError MALFORMED when the columns are not of one length, or there is none; TOO_LARGE
   */
  constructor(asked: FeastAsked, registry: (revision: number) => Promise<RegistrySnapshot>) {
    this.#asked = asked
    this.#rows = countRows(asked.entities)
    this.#registry = registry
  }

  /** The keys of the rows that have one, per view: a row whose key is null is not looked for. @throws ShorelineError */
  async readRows(plan: ReadyPlan, head: LoadedHead): Promise<ReadRows> {
    const { entities, references, fullNames } = this.#asked
    if (this.#rows * plan.views.length > MAX_ROWS_TIMES_VIEWS)
      throw new ShorelineError(
        'TOO_LARGE',
        `entities: ${this.#rows} rows times ${plan.views.length} views of ${plan.id} are more than ${MAX_ROWS_TIMES_VIEWS}. Send fewer rows.`,
        { field: 'entities' },
      )
    const form = feastForm(plan, references)
    const names = fullNames ? form.fullNames : form.names
    const columns = await this.#columns(form, head)
    const missing = form.keys.filter(({ name }) => !columns.has(name)).map(({ name, type }) => `${name} (${type})`)
    if (missing.length > 0)
      throw new ShorelineError(
        'INVALID',
        `Missing join key values for keys: ${missing.join(', ')}. The columns of entities are ${Object.keys(entities).slice(0, SHOWN).join(', ') || 'none'}.`,
        { field: 'entities' },
      )
    checkNames(names, new Set(columns.keys()), fullNames)
    const read = plan.views.map(({ keyNames }) => viewKeys(keyNames, columns, this.#rows))
    this.#ready = {
      form,
      names,
      echoes: [...columns].map(([name, { echo }]) => ({ name, text: echo })),
      keyed: read.map(({ keyed }) => keyed),
    }
    return { keys: read.map(({ keys }) => keys), given: this.#given(form, plan) }
  }

  /** @throws ShorelineError INVALID when one is missing, or is none of its type */
  #given({ given }: FeastForm, { given: wanted }: ReadyPlan): GivenValues {
    const { entities } = this.#asked
    const missing = wanted.filter(({ name }) => !Object.hasOwn(entities, name))
    if (missing.length > 0)
      throw new ShorelineError(
        'INVALID',
        `Missing request-time values: ${missing.map(({ name, type }) => `${name} (${type})`).join(', ')}. Send each as a column of entities.`,
        { field: 'entities' },
      )
    return new Map([...given].map(([name, read]) => [name, read(entities[name] ?? [])]))
  }

  write(bound: BoundPlan, keys: RowKeys, options: Options): string | undefined {
    if (!this.#ready) throw new ShorelineError('INTERNAL', 'an answer was written before its rows were read.')
    const { form, names, echoes } = this.#ready
    const features = form.outputs
      ? this.#computed(this.#ready, bound, keys, options)
      : this.#stored(this.#ready, bound, keys, options)
    if (!features) return undefined
    const rows = this.#rows
    const present = `],"statuses":${listOf(PRESENT, rows)},"event_timestamps":${listOf(EPOCH, rows)}}`
    const joined = echoes.map(({ text }) => `{"values":${text.slice(0, -1)}${present}`)
    const echoed = echoes.map(({ name }) => JSON.stringify(name))
    const called = names.text === '' ? echoed : [...echoed, names.text]
    const parts = [`{"metadata":{"feature_names":[${called.join(',')}]},"results":[`]
    for (const text of joined) parts.push(parts.length === 1 ? '' : ',', text)
    for (const column of features) parts.push(parts.length === 1 ? '' : ',', ...column)
    parts.push(']}')
    return parts.join('')
  }

  /** Undefined when a block is not in memory. */
  #stored(
    { form, keyed }: Ready,
    bound: BoundPlan,
    keys: RowKeys,
    options: Options,
  ): readonly ColumnParts[] | undefined {
    const rows = this.#rows
    const features: ColumnParts[] = []
    const tallies: StatusTally[] = []
    for (const [position, bind] of bound.views.entries()) {
      const view = form.views[position]
      const own = { bind, keys: keys[position] ?? [], keyed: keyed[position] ?? null, rows, tally: new StatusTally() }
      tallies.push(own.tally)
      const pushed = options.live?.[position] ?? null
      const written =
        view && (pushed ? writeMerged(view, own, pushed, options, features) : writeStored(view, own, options, features))
      if (!written) return undefined
    }
    countTallies(bound.views, tallies)
    return features
  }

  /** The same for a plan with on-demand views, whose rows are picked whole first. */
  #computed(
    { form, keyed }: Ready,
    bound: BoundPlan,
    keys: RowKeys,
    options: Options,
  ): readonly ColumnParts[] | undefined {
    const everyRow = <T>(values: readonly T[], position: number): readonly (T | null)[] =>
      forEveryRow(values, keyed[position] ?? null)
    const picked = pick(bound, keys.map(everyRow), this.#rows, {
      ...options,
      metadata: 'none',
      shared: null,
      live:
        options.live?.map((rows, position) => rows && everyRow(rows, position).map((row) => row ?? undefined)) ?? null,
    })
    if (!picked) return undefined
    const features: ColumnParts[] = []
    for (const [at, column] of picked.columns.entries()) {
      const output = form.outputs?.[at]
      if (output) features[output.place] = pickedParts(column, output.write)
    }
    return features
  }

  /** Every join key of the request that is one of the plan's or of the registry's, in the request's order. */
  async #columns({ keys, keyNames }: FeastForm, head: LoadedHead): Promise<ReadonlyMap<string, KeyColumn>> {
    const { entities } = this.#asked
    const sent = Object.keys(entities)
    // Almost every request names the join keys of what it wants and nothing else.
    const others = sent.some((name) => !keyNames.has(name))
      ? recognize(await this.#registry(head.registry), keys, entities)
      : null
    const columns = new Map<string, KeyColumn>()
    for (const column of sent) {
      const key = keys.find(({ name }) => name === column) ?? others?.get(column)
      if (key) columns.set(key.name, key.read(entities[column] ?? []))
    }
    return columns
  }
}

/** How many names an error lists. */
const SHOWN = 20

function countRows(entities: Entities): number {
  const [first, ...others] = Object.entries(entities)
  if (!first)
    throw new ShorelineError(
      'MALFORMED',
      'entities: it has no column. The length of its columns says how many rows are wanted; for a view without entities any column will do.',
      { field: 'entities' },
    )
  const [name, { length }] = first
  const uneven = others.find(([, values]) => values.length !== length)
  if (uneven)
    throw new ShorelineError(
      'MALFORMED',
      `All entity rows must have the same columns: entities.${shorten(name)} has ${length} values and entities.${shorten(uneven[0])} ${uneven[1].length}.`,
      { field: 'entities' },
    )
  if (length > MAX_ROWS)
    throw new ShorelineError('TOO_LARGE', `entities: ${length} rows; at most ${MAX_ROWS} are answered at once.`, {
      field: 'entities',
    })
  return length
}

interface ViewKeys {
  readonly keys: readonly string[]
  readonly keyed: readonly boolean[] | null
}

/** @throws ShorelineError INVALID for a key that is too long */
function viewKeys(names: readonly string[], columns: ReadonlyMap<string, KeyColumn>, rows: number): ViewKeys {
  const parts = names.map((name) => columns.get(name)?.parts ?? [])
  const keys: string[] = []
  const keyed: boolean[] = []
  for (let row = 0; row < rows; row++) {
    const own: string[] = []
    for (const column of parts) {
      const part = column[row] ?? null
      if (part !== null) own.push(part)
    }
    const whole = own.length === parts.length
    keyed.push(whole)
    if (!whole) continue
    const key = joinKeyParts(own)
    checkKeyLength(names, key)
    keys.push(key)
  }
  return { keys, keyed: keys.length === rows ? null : keyed }
}

/** The values of the rows that have a key, and null for the others. */
function forEveryRow<T>(values: readonly T[], keyed: readonly boolean[] | null): readonly (T | null)[] {
  if (keyed === null) return values
  let at = 0
  return keyed.map((has) => (has ? (values[at++] ?? null) : null))
}

function listOf(text: string, count: number): string {
  return count === 0 ? '[]' : `[${`${text},`.repeat(count - 1)}${text}]`
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
