/** What is asked: the requests of each case, in the order they are sent, and the answer each must get. */
import { requestBytes } from './connection.ts'
import { AIRPORTS, airportKey, CUSTOMERS, customerKey, type Deployment } from './deployment.ts'
import { COLD_DECKS, FIFTY, fiftyName, tenName, wholeName } from './features.ts'
import { type FindRow, type RequestRow, writeByHand, writeFeastByHand } from './handlers/answer.ts'
import { copyName, DECK_VIEWS } from './handlers/copies.ts'
import { identityOf, isFeast, type NativeSent, type Sent } from './handlers/sent.ts'
import type { StaticAnswer } from './handlers/static-floor.ts'
import { randomInteger, seededRandom } from './random.ts'

export interface Case {
  /** Rows x features, and what else sets it apart. */
  readonly title: string
  readonly form: 'native' | 'feast'
  /** Whether Shoreline has the blocks in memory: which floor it is held against. */
  readonly hot: boolean
  readonly requests: readonly Asked[]
}

export interface Asked {
  readonly bytes: Buffer
  readonly identity: string
  readonly expected: string
}

interface Shape {
  readonly title: string
  readonly rows: number
  /** Hot requests, each with a first row of its own. */
  readonly count: number
  /** Views of the service. */
  readonly views: number
  /** Decks that the native form reads when blocks are not in memory; Feast's form has as many others. */
  readonly cold: readonly number[]
}

const SHAPES: readonly Shape[] = [
  { title: '1x50', rows: 1, count: 1000, views: FIFTY, cold: [1] },
  { title: '10x50', rows: 10, count: 300, views: FIFTY, cold: [2] },
  // So many that no two of 16 connections ask for the same blocks at once.
  { title: '100x50', rows: 100, count: 50, views: FIFTY, cold: [3, 4, 5] },
  { title: '1x250', rows: 1, count: 200, views: DECK_VIEWS, cold: [6] },
]

const FEATURES = '/v1/features'
const FEAST = '/get-online-features'

export function makeCases(deployment: Deployment): readonly Case[] {
  const make = (title: string, hot: boolean, requests: readonly Sent[]): Case =>
    makeCase(deployment, title, hot, requests)
  const hot = SHAPES.map((shape) => hotRequests(deployment, shape))
  return [
    make('1x10', true, customerRequests(tenName(0), 1, 1000)),
    make('100x10', true, customerRequests(tenName(0), 100, 50)),
    make('1x14, three views', true, flightRequests(1, AIRPORTS)),
    make('100x14, three views', true, flightRequests(100, 50)),
    ...SHAPES.flatMap(({ title, rows }, at) => {
      const requests = hot[at] ?? []
      const bare = requests.map((request): Sent => ({ ...request, metadata: 'none' }))
      return [make(title, true, requests), ...(rows === 100 ? [make(`${title}, metadata none`, true, bare)] : [])]
    }),
    ...SHAPES.map(({ title }, at) => make(title, true, (hot[at] ?? []).map(inFeastForm))),
    ...SHAPES.map((shape) => make(shape.title, false, coldRequests(deployment, shape, shape.cold))),
    ...SHAPES.map((shape) =>
      make(
        shape.title,
        false,
        coldRequests(
          deployment,
          shape,
          shape.cold.map((deck) => deck + COLD_DECKS / 2),
        ).map(inFeastForm),
      ),
    ),
  ]
}

/** For the static floor. */
export function staticAnswers(cases: readonly Case[]): readonly StaticAnswer[] {
  return cases
    .filter((one) => one.hot)
    .flatMap(({ requests }) => requests.map(({ identity, expected }): StaticAnswer => [identity, expected]))
}

function makeCase(deployment: Deployment, title: string, hot: boolean, requests: readonly Sent[]): Case {
  const find: FindRow = ({ view }, key) => deployment.runs.get(view)?.rows.get(key)
  return {
    title,
    form: requests.some(isFeast) ? 'feast' : 'native',
    hot,
    requests: requests.map((sent) => {
      const name = isFeast(sent) ? sent.feature_service : sent.service
      const service = deployment.services[name]
      if (!service) throw new Error(`there is no service ${name}`)
      return {
        bytes: requestBytes(isFeast(sent) ? FEAST : FEATURES, sent),
        identity: identityOf(sent),
        expected: isFeast(sent)
          ? writeFeastByHand(service, sent.entities, find)
          : writeByHand(service, sent.rows, find, sent.metadata),
      }
    }),
  }
}

function inFeastForm({ service, rows }: NativeSent): Sent {
  return { feature_service: service, entities: { customer: rows.map((row) => row['customer'] ?? '') } }
}

function hotRequests(deployment: Deployment, { rows, count, views }: Shape): readonly NativeSent[] {
  if (views === FIFTY) return customerRequests(fiftyName(0, 0), rows, count)
  // All customers' blocks of so many views are more than an isolate keeps: these are of neighbouring blocks.
  const some = blocksOf(deployment, 0).flat().slice(0, count)
  return some.map((customer) => ({ service: wholeName(0), rows: [{ customer }] }))
}

/** The first customer of each request is in no other's first row, so that the static floor can tell them apart. */
function customerRequests(service: string, rows: number, count: number): readonly NativeSent[] {
  const random = seededRandom(rows)
  return Array.from({ length: count }, (_, request) => ({
    service,
    rows: Array.from({ length: rows }, (_, row) => ({
      customer: customerKey(row === 0 ? request * 7 : randomInteger(random, CUSTOMERS)),
    })),
  }))
}

function flightRequests(rows: number, count: number): readonly NativeSent[] {
  const random = seededRandom(rows)
  return Array.from({ length: count }, (_, request) => ({
    service: 'flight_delay',
    rows: Array.from(
      { length: rows },
      (_, row): RequestRow => ({
        origin: airportKey(row === 0 ? request : randomInteger(random, AIRPORTS)),
        destination: airportKey(randomInteger(random, AIRPORTS)),
      }),
    ),
  }))
}

/** Every row in other blocks, and some 40 MB of blocks before any comes again: by then the cache does not have it. */
function coldRequests(deployment: Deployment, { rows, views }: Shape, decks: readonly number[]): readonly NativeSent[] {
  const firsts = blocksOf(deployment, decks[0] ?? 0).flatMap((keys) => keys.slice(0, 1))
  const perService = Math.floor(firsts.length / rows)
  const services = decks.flatMap((deck) =>
    views === FIFTY
      ? Array.from({ length: DECK_VIEWS / FIFTY }, (_, part) => fiftyName(deck, part))
      : [wholeName(deck)],
  )
  return services.flatMap((service) =>
    Array.from({ length: perService }, (_, request) => ({
      service,
      rows: firsts.slice(request * rows, (request + 1) * rows).map((customer) => ({ customer })),
    })),
  )
}

/** The keys of each block of a deck's views, which have the same. */
function blocksOf({ runs }: Deployment, deck: number): readonly (readonly string[])[] {
  return runs.get(`${copyName(deck, 0)}@1`)?.keys ?? []
}
