/** What is asked: the requests of each case, in the order they are sent, and the answer each must get. */
import { requestBytes } from './connection.ts'
import { AIRPORTS, airportKey, CUSTOMERS, customerKey, type Deployment } from './deployment.ts'
import { type RequestRow, writeByHand } from './handlers/answer.ts'
import type { StaticAnswer } from './handlers/static-floor.ts'
import { randomInteger, seededRandom } from './random.ts'

export interface Case {
  readonly title: string
  readonly rows: number
  /** Whether Shoreline has the blocks in memory: which floor it is held against. */
  readonly hot: boolean
  readonly requests: readonly Asked[]
}

export interface Asked {
  readonly bytes: Buffer
  readonly rows: readonly RequestRow[]
  readonly expected: string
}

const FEATURES = '/v1/features'

export function makeCases(deployment: Deployment): readonly Case[] {
  return [
    makeCase(deployment, 'one view, 10 features', 'customer_profile', true, customerRequests(1, 1000)),
    makeCase(deployment, 'one view, 10 features', 'customer_profile', true, customerRequests(100, 60)),
    makeCase(deployment, 'three views, 14 features', 'flight_delay', true, flightRequests(1, AIRPORTS)),
    makeCase(deployment, 'three views, 14 features', 'flight_delay', true, flightRequests(100, 60)),
    makeCase(deployment, 'one view, 10 features', 'card_profile', false, cardRequests(deployment, 1)),
    makeCase(deployment, 'one view, 10 features', 'card_profile', false, cardRequests(deployment, 100)),
  ]
}

/** For the static floor. */
export function staticAnswers(cases: readonly Case[]): readonly StaticAnswer[] {
  return cases
    .filter((one) => one.hot)
    .flatMap(({ rows, requests }) =>
      requests.map((asked): StaticAnswer => [rows, Object.values(asked.rows[0] ?? {})[0] ?? '', asked.expected]),
    )
}

function makeCase(
  deployment: Deployment,
  title: string,
  name: string,
  hot: boolean,
  requests: readonly (readonly RequestRow[])[],
): Case {
  const service = deployment.services[name]
  if (!service) throw new Error(`there is no service ${name}`)
  return {
    title,
    rows: requests[0]?.length ?? 0,
    hot,
    requests: requests.map((rows) => ({
      bytes: requestBytes(FEATURES, { service: name, rows }),
      rows,
      expected: writeByHand(service, rows, ({ view }, key) => deployment.runs.get(view)?.rows.get(key)),
    })),
  }
}

/** The first customer of each request is in no other's first row, so that the static floor can tell them apart. */
function customerRequests(rows: number, count: number): readonly (readonly RequestRow[])[] {
  const random = seededRandom(rows)
  return Array.from({ length: count }, (_, request) =>
    Array.from({ length: rows }, (_, row) => ({
      customer: customerKey(row === 0 ? request * 7 : randomInteger(random, CUSTOMERS)),
    })),
  )
}

function flightRequests(rows: number, count: number): readonly (readonly RequestRow[])[] {
  const random = seededRandom(rows)
  return Array.from({ length: count }, (_, request) =>
    Array.from({ length: rows }, (_, row) => ({
      origin: airportKey(row === 0 ? request : randomInteger(random, AIRPORTS)),
      destination: airportKey(randomInteger(random, AIRPORTS)),
    })),
  )
}

/**
 * Every row in another block, and every block before any comes again: by then the cache, which lets go of the oldest, does
 * not have it. One row and many rows have a half of the blocks each, 16 MB, so that neither finds what the other read.
 */
function cardRequests({ runs }: Deployment, rows: number): readonly (readonly RequestRow[])[] {
  const half = rows === 1 ? 0 : 1
  const firsts = (runs.get('card_activity@1')?.keys ?? []).flatMap((keys, block) =>
    block % 2 === half ? keys.slice(0, 1) : [],
  )
  return Array.from({ length: Math.floor(firsts.length / rows) }, (_, request) =>
    firsts.slice(request * rows, (request + 1) * rows).map((card) => ({ card })),
  )
}
