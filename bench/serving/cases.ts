/** What is asked: the requests of each case, in the order they are sent, and the answer each must get. */
import { requestBytes } from './connection.ts'
import { AIRPORTS, airportKey, CUSTOMERS, customerKey, type Deployment } from './deployment.ts'
import { type RequestRow, writeByHand } from './handlers/answer.ts'
import { CARD_VIEWS, cardView } from './handlers/copies.ts'
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

interface ServiceRequest {
  readonly service: string
  readonly rows: readonly RequestRow[]
}

const FEATURES = '/v1/features'

/** Of the card views; one row and many rows have their own, so that neither finds what the other read. */
const ONE_ROW_VIEWS = 8

export function makeCases(deployment: Deployment): readonly Case[] {
  const make = (title: string, hot: boolean, requests: readonly ServiceRequest[]): Case =>
    makeCase(deployment, title, hot, requests)
  return [
    make('one view, 10 features', true, customerRequests(1, 1000)),
    make('one view, 10 features', true, customerRequests(100, 60)),
    make('three views, 14 features', true, flightRequests(1, AIRPORTS)),
    make('three views, 14 features', true, flightRequests(100, 60)),
    make('one view, 10 features', false, cardRequests(deployment, 1, 0, ONE_ROW_VIEWS)),
    make('one view, 10 features', false, cardRequests(deployment, 100, ONE_ROW_VIEWS, CARD_VIEWS - ONE_ROW_VIEWS)),
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

function makeCase(deployment: Deployment, title: string, hot: boolean, requests: readonly ServiceRequest[]): Case {
  return {
    title,
    rows: requests[0]?.rows.length ?? 0,
    hot,
    requests: requests.map((request) => {
      const service = deployment.services[request.service]
      if (!service) throw new Error(`there is no service ${request.service}`)
      return {
        bytes: requestBytes(FEATURES, request),
        rows: request.rows,
        expected: writeByHand(service, request.rows, ({ view }, key) => deployment.runs.get(view)?.rows.get(key)),
      }
    }),
  }
}

/** The first customer of each request is in no other's first row, so that the static floor can tell them apart. */
function customerRequests(rows: number, count: number): readonly ServiceRequest[] {
  const random = seededRandom(rows)
  return Array.from({ length: count }, (_, request) => ({
    service: 'customer_profile',
    rows: Array.from({ length: rows }, (_, row) => ({
      customer: customerKey(row === 0 ? request * 7 : randomInteger(random, CUSTOMERS)),
    })),
  }))
}

function flightRequests(rows: number, count: number): readonly ServiceRequest[] {
  const random = seededRandom(rows)
  return Array.from({ length: count }, (_, request) => ({
    service: 'flight_delay',
    rows: Array.from({ length: rows }, (_, row) => ({
      origin: airportKey(row === 0 ? request : randomInteger(random, AIRPORTS)),
      destination: airportKey(randomInteger(random, AIRPORTS)),
    })),
  }))
}

/**
 * Every row in another block, and thousands of blocks before any comes again: by then the cache does not have it.
 * @param first of the views that the requests go round
 */
function cardRequests({ runs }: Deployment, rows: number, first: number, views: number): readonly ServiceRequest[] {
  const firsts = (runs.get(`${cardView(0)}@1`)?.keys ?? []).flatMap((keys) => keys.slice(0, 1))
  const perView = Math.floor(firsts.length / rows)
  return Array.from({ length: perView * views }, (_, request) => {
    const from = (request % perView) * rows
    const service = `card_profile_${first + Math.floor(request / perView)}`
    return { service, rows: firsts.slice(from, from + rows).map((card) => ({ card })) }
  })
}
