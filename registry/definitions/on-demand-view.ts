/**
 * An on-demand view computes features in the request, row by row, from features of other views, join keys and values that
 * callers send. It is a pure function in one of three forms: SQL expressions, a TypeScript function, or a WebAssembly module.
 *
 * @example
 * const delayRisk = onDemandView('delay_risk', {
 *   inputs: [
 *     airportDelays.as('origin_delays', { airport: 'origin' }),
 *     request({ scheduled_at: t.timestamp(), distance: t.float64() }),
 *   ],
 *   features: { risk: t.float64(), weekend: t.bool() },
 *   sql: { risk: 'late_share_7d * sqrt(distance)', weekend: 'dayofweek(scheduled_at) in (0, 6)' },
 * })
 */
import { checkName } from '../../core/name.ts'
import { isWasmType } from '../../core/on-demand/wasm.ts'
import { parseType } from '../../core/types.ts'
import type { FeatureObject, OnDemandForm, OnDemandInput, RowColumn } from '../objects.ts'
import { computedRow, type ReadInput } from '../row.ts'
import { frozen, refuse, shown } from './definition.ts'
import { type FeatureInputs, type FeatureValues, featureObjects } from './feature.ts'
import { nearest } from './nearest.ts'
import { checkMetadata, checkOptions, isRecord, METADATA_OPTIONS, type MetadataOptions } from './options.ts'
import { type AnyRequest, isRequest } from './request.ts'
import type { GivenRow, InputRow, KeysOf, NoRowClash, OrNull, RequestOf, RowOf, Show, Sum } from './rows.ts'
import { isStatistics, type Statistics } from './statistics.ts'
import { type AnyView, type FeatureView, type FileUrl, firstRole, isView } from './view.ts'

type Input = AnyView | AnyRequest | Statistics

/** As it was defined: with the row that it computes from, without statistics, for whoever evaluates it in a test. */
export interface ComputedView<N extends string, K, F, R, Row> extends FeatureView<N, K, F, R> {
  /** For inference only. */
  readonly _row?: Row
}

/** One expression for each feature. Names of the row may be qualified by their role: `origin_delays.late_share_7d`. */
export interface SqlForm<F> {
  readonly sql: { readonly [P in keyof F]: string }
  readonly compute?: never
  readonly wasm?: never
}

/** A pure function of one row: no clock, no chance, no I/O. It is bundled with what it refers to. */
export interface TypeScriptForm<L extends readonly unknown[], F> {
  readonly compute: (row: RowOf<L>) => OrNull<FeatureValues<F>>
  readonly sql?: never
  readonly wasm?: never
}

/** A function of a WebAssembly module. Where one of its arguments is null, it is not called, and its features are null. */
export interface WasmForm<L extends readonly unknown[], F> {
  readonly wasm: {
    /** The file from the repository's root, or `new URL('risk.wasm', import.meta.url)`. */
    readonly module: string | FileUrl
    /** The exported function. */
    readonly export: string
    /** Columns of the row, in the order of the function's parameters. */
    readonly args: readonly (keyof RowOf<L> & string)[]
    /** The features, in the order of its results. */
    readonly returns: readonly (keyof F & string)[]
  }
  readonly sql?: never
  readonly compute?: never
}

export type OnDemandViewOptions<L extends readonly Input[], F extends FeatureInputs> = MetadataOptions & {
  /** Views in their roles, stored or on-demand, `request({…})` and `statistics({…})`. No two may bring the same name. */
  readonly inputs: L & NoRowClash<L>
  /** Name -> type, or `{ type, description, tags, visibility }`. */
  readonly features: F & { readonly [P in keyof InputRow<L> & keyof F]: never }
} & (SqlForm<NoInfer<F>> | TypeScriptForm<NoInfer<L>, NoInfer<F>> | WasmForm<NoInfer<L>, NoInfer<F>>)

const FORMS = ['sql', 'compute', 'wasm'] as const
const OPTIONS = ['inputs', 'features', ...FORMS, ...METADATA_OPTIONS]

/** @throws ShorelineError INVALID naming the view and the field */
export function onDemandView<const N extends string, const L extends readonly Input[], const F extends FeatureInputs>(
  name: N,
  options: OnDemandViewOptions<L, F>,
): ComputedView<N, Show<Sum<KeysOf<L[number]>>>, Show<FeatureValues<F>>, Show<Sum<RequestOf<L[number]>>>, GivenRow<L>> {
  checkName('onDemandView', name)
  const subject = `onDemandView ${name}`
  checkOptions(subject, options, OPTIONS)
  const inputs = checkInputs(subject, options.inputs)
  const fields = computedRow(subject, inputs.map(readOf))
  const features = featureObjects(
    subject,
    options.features,
    fields.joinKeys.map((key) => key.name),
  )
  for (const { name: field } of fields.request)
    if (features.some((feature) => feature.name === field))
      refuse(subject, `feature "${field}" has the name of a value of the request. Give it another name.`)
  const form = formOf(subject, options, features, fields.row)
  const object = {
    name,
    ...checkMetadata(subject, options),
    inputs: inputs.map(inputObject),
    features,
    form,
  }
  const view = Object.freeze({
    kind: 'onDemandView' as const,
    object: frozen(object),
    joinKeys: frozen(fields.joinKeys),
    request: frozen(fields.request),
    inputs: Object.freeze(inputs),
    ...(options.compute && { compute: options.compute }),
    ...(options.wasm && { module: options.wasm.module }),
  })
  // Names and columns are type parameters only: at run time a view is the same whatever it holds.
  return firstRole(view) as ReturnType<typeof onDemandView<N, L, F>>
}

function checkInputs(subject: string, given: unknown): readonly Input[] {
  if (!Array.isArray(given) || given.length === 0)
    return refuse(
      subject,
      `${given === undefined || Array.isArray(given) ? 'it has no inputs' : `inputs is ${shown(given)}`}. Write inputs: [view, request({ name: type })] with at least one.`,
    )
  const inputs = given.map((input: unknown, at) =>
    isView(input) || isRequest(input) || isStatistics(input)
      ? input
      : refuse(
          subject,
          `inputs[${at}] is ${shown(input)}. Pass a view, in a role if it needs one, request({ … }) or statistics({ … }).`,
        ),
  )
  const roles = inputs.filter(isView).map((view) => view.name)
  const twice = roles.find((role, at) => roles.indexOf(role) !== at)
  if (twice !== undefined)
    refuse(
      subject,
      `two inputs have the role "${twice}". Take all features in one .pick(), or give one of them a role with .as().`,
    )
  return inputs
}

function inputObject(input: Input): OnDemandInput {
  if (isView(input)) return input.input
  return isRequest(input) ? { request: input.fields } : { statistics: input.fields }
}

/** As `computedRow` takes it. */
export function readOf(input: Input): ReadInput {
  if (!isView(input)) return isRequest(input) ? { request: input.fields } : { statistics: input.fields }
  const { view } = input
  return {
    input: input.input,
    view: { features: view.object.features, join_keys: view.joinKeys, request: view.request },
  }
}

function formOf(
  subject: string,
  options: { readonly sql?: unknown; readonly compute?: unknown; readonly wasm?: unknown },
  features: readonly FeatureObject[],
  row: readonly RowColumn[],
): OnDemandForm {
  const given = FORMS.filter((form) => options[form] !== undefined)
  if (given.length !== 1)
    return refuse(
      subject,
      `it has ${given.length === 0 ? 'neither sql nor compute nor wasm' : given.join(' and ')}. Write exactly one of them.`,
    )
  const names = features.map((feature) => feature.name)
  if (options.sql !== undefined)
    return { kind: 'sql', sql: checkSql(subject, options.sql, names), bound: {}, packs: [] }
  if (options.compute !== undefined) {
    if (typeof options.compute !== 'function')
      refuse(subject, `compute is ${shown(options.compute)}. Write a function: compute: (row) => ({ … }).`)
    return { kind: 'typescript', code: '' }
  }
  return { kind: 'wasm', code: '', ...checkWasm(subject, options.wasm, features, row) }
}

function checkSql(subject: string, sql: unknown, features: readonly string[]): Readonly<Record<string, string>> {
  if (!isRecord(sql))
    return refuse(subject, `sql is ${shown(sql)}. Write an expression for each feature: { name: '…' }.`)
  for (const name of Object.keys(sql))
    if (!features.includes(name))
      refuse(subject, `sql has "${name}", which is no feature. Use ${features.join(', ')}, or add it to features.`)
  return Object.fromEntries(
    features.map((name) => {
      const text = sql[name]
      if (typeof text !== 'string' || text.trim() === '')
        refuse(
          subject,
          `sql has ${text === undefined ? 'nothing' : shown(text)} for the feature ${name}. Write its expression.`,
        )
      return [name, text]
    }),
  )
}

type Wasm = Omit<Extract<OnDemandForm, { readonly kind: 'wasm' }>, 'kind' | 'code'>

function checkWasm(
  subject: string,
  wasm: unknown,
  features: readonly FeatureObject[],
  row: readonly RowColumn[],
): Wasm {
  const place = `${subject}: wasm`
  checkOptions(place, wasm, ['module', 'export', 'args', 'returns'])
  const { module, export: name, args, returns } = wasm as Readonly<Record<string, unknown>>
  if (!isFileUrl(module) && (typeof module !== 'string' || module === ''))
    refuse(place, `module is ${shown(module)}. Name the file of the module, from the repository's root.`)
  if (typeof name !== 'string' || name === '')
    refuse(place, `export is ${shown(name)}. Name the function that the module exports.`)
  if (!isTexts(args))
    return refuse(place, `args is ${shown(args)}. List columns of the row, in the order of the parameters.`)
  const columns = row.map((column) => column.name)
  const stranger = args.find((arg) => !columns.includes(arg))
  if (stranger !== undefined) {
    const meant = nearest(stranger, columns)
    refuse(
      place,
      `the argument ${stranger} is not in the row. ${meant ? `Did you mean ${meant}?` : `Use ${columns.join(', ')}.`}`,
    )
  }
  const names = features.map((feature) => feature.name)
  if (!isTexts(returns) || returns.length !== names.length || names.some((one) => !returns.includes(one)))
    return refuse(
      place,
      `returns is ${shown(returns)}. List each feature once, in the order of the results: ${names.join(', ')}.`,
    )
  for (const column of row) if (args.includes(column.name)) checkNumber(place, 'argument', column)
  for (const feature of features) checkNumber(place, 'feature', feature)
  return { export: name, args: [...args], returns: [...returns] }
}

function checkNumber(place: string, what: string, { name, type }: Omit<RowColumn, 'role'>): void {
  if (!isWasmType(parseType(type)))
    refuse(
      place,
      `the ${what} ${name} is ${type}, which WebAssembly has no number for. Use bool, int32, int64, float32, float64, timestamp or vector(n).`,
    )
}

function isFileUrl(value: unknown): value is FileUrl {
  return typeof value === 'object' && value !== null && 'href' in value && typeof value.href === 'string'
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
