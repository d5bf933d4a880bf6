import type { Parsed } from '../core/json.ts'
import type { ValueType } from '../core/types.ts'
import { convert, type FeatureValue } from './convert.ts'
import { unreadable } from './error.ts'
import { isList, isObject } from './json.ts'
import { referenceOf } from './lock.ts'
import type { Meta } from './meta.ts'
import { planCache } from './plan.ts'
import { type Answer, type ClientOptions, sender } from './request.ts'
import type { Client, RequestOptions, Services } from './types.ts'

type Row = Readonly<Record<string, FeatureValue>>

/**
 * A client for the services that a features module exports.
 *
 * @param options `url` of the Worker; `lock`, the service versions to ask for; `token`, an API key or a function that yields a browser token; `fetch`, if not the runtime's
 * @example
 * const client = createClient<typeof import('./features')>({ url: 'https://features.example.com' })
 * const { row, meta } = await client.get('flight_delay', { origin: 'SFO' })
 */
export function createClient<M>(options: ClientOptions): Client<Services<M>> {
  const send = sender(options)
  const planOf = planCache(send)
  const referenceTo = referenceOf(options.url.replace(/\/+$/, ''), options.lock)

  async function getMany(name: string, rows: readonly unknown[], { signal }: RequestOptions = {}) {
    const service = referenceTo(name)
    // Side by side, so that the first call waits no longer than the slower of the two.
    const [answer, current] = await Promise.all([
      send('/v1/features', { body: { service, rows }, signal }),
      planOf(service),
    ])
    const meta = readMeta(answer)
    // Another version went online since the plan was read: its own plan, by its own name.
    const plan = current.id === meta.service ? current : await planOf(meta.service)
    if (plan.id !== meta.service)
      throw unreadable(`The answer is of ${meta.service} and its plan of ${plan.id}.`, answer.requestId)
    return { rows: readRows(answer, rows.length, plan.types), meta }
  }

  async function get(service: string, row: unknown, requestOptions?: RequestOptions) {
    const { rows, meta } = await getMany(service, [row], requestOptions)
    return { row: rows[0], meta }
  }

  // The rows are of the plan's types; that these are the types of M is what deploying M's definitions means.
  return { get, getMany } as Client<Services<M>>
}

function readRows({ body, requestId }: Answer, count: number, types: ReadonlyMap<string, ValueType>): readonly Row[] {
  const rows = body['rows']
  if (!isList(rows) || rows.length !== count)
    throw unreadable(`The answer does not hold the ${count} rows that were asked for.`, requestId)
  return rows.map((row, at) => {
    if (!isObject(row)) throw unreadable(`Row ${at} of the answer is not an object.`, requestId)
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, readValue(name, value, types.get(name), requestId)]),
    )
  })
}

function readValue(
  name: string,
  value: Parsed,
  type: ValueType | undefined,
  requestId: string | undefined,
): FeatureValue {
  if (!type) throw unreadable(`The feature ${name} of the answer is not in the plan of the service.`, requestId)
  try {
    return convert(value, type)
  } catch (error) {
    throw unreadable(
      `The feature ${name} cannot be read: ${error instanceof Error ? error.message : error}.`,
      requestId,
    )
  }
}

function readMeta({ body, requestId }: Answer): Meta {
  const { service, revision, degraded, issues, views } = body
  if (typeof service !== 'string' || typeof revision !== 'number')
    throw unreadable('The answer names no service or no revision. Check the url of the client.', requestId)
  // Handed on as the contract has them: nothing here depends on the shape of an issue or a view.
  const [issueList, viewList] = [listOf(issues), listOf(views)] as unknown as [Meta['issues'], Meta['views']]
  return { service, revision, degraded: degraded === true, issues: issueList, views: viewList }
}

function listOf(value: Parsed | undefined): readonly Parsed[] {
  return isList(value) ? value : []
}
