/** Two hundred destinations, ranked anew with every frame: nonstop, or by a hub, where either of two flights may be late. */
import { type Airport, type Atlas, leavesHub, type Trip, tripsFrom } from './atlas.ts'
import { byId, cells, write } from './dom.ts'
import { client, type Departures, type Flight } from './features.ts'
import { clock, instant, percent, took } from './format.ts'
import { airportMap } from './map.ts'
import type { Choice } from './state.ts'

const COUNT = 200

export interface RankingPanel {
  show(choice: Choice): Promise<void>
}

interface Ranked {
  readonly trip: Trip
  readonly risk: number
}

export function rankingPanel({ airports, routes, day }: Atlas, told: (meta: Departures['meta']) => void): RankingPanel {
  const atlas = { airports, routes, day }
  const cities = new Map<string, Airport>(airports.map((one) => [one.code, one]))
  const map = airportMap(byId<SVGSVGElement>('ranking-map'), airports)
  const body = byId('ranking').querySelector('tbody')
  const lines: HTMLTableRowElement[] = []
  let of = ''
  let trips: readonly Trip[] = []
  let miles = new Map<string, number>()

  /** Miles of the first legs, which say when the second ones leave. */
  async function choose(origin: string): Promise<void> {
    trips = tripsFrom(atlas, origin, COUNT)
    const nonstop = Object.keys(routes[origin] ?? {})
    const scheduled_at = instant(day, 0)
    const { rows } = await client.getMany(
      'departure',
      nonstop.map((destination) => ({ origin, destination, scheduled_at })),
    )
    miles = new Map(nonstop.map((destination, at) => [destination, rows[at]?.distance ?? 0]))
    of = origin
  }

  /** Each flight once: to every nonstop destination, and on from the hubs. */
  function flightsOf({ origin, minutes }: Choice): ReadonlyMap<string, Flight> {
    const flights = new Map<string, Flight>()
    const add = (from: string, to: string, at: number): unknown =>
      flights.set(`${from}-${to}`, { origin: from, destination: to, scheduled_at: instant(day, at) })
    for (const { destination, via } of trips) {
      add(origin, via ?? destination, minutes)
      if (via) add(via, destination, leavesHub(minutes, miles.get(via) ?? 0))
    }
    return flights
  }

  function rank({ origin }: Choice, risks: ReadonlyMap<string, number | null>): readonly Ranked[] {
    return trips
      .flatMap((trip): Ranked[] => {
        const first = risks.get(`${origin}-${trip.via ?? trip.destination}`) ?? null
        const second = trip.via ? (risks.get(`${trip.via}-${trip.destination}`) ?? null) : 0
        return first === null || second === null ? [] : [{ trip, risk: 1 - (1 - first) * (1 - second) }]
      })
      .sort((a, b) => a.risk - b.risk)
  }

  function draw({ origin, minutes }: Choice, ranked: readonly Ranked[]): void {
    while (lines.length < ranked.length) {
      const line = document.createElement('tr')
      line.innerHTML =
        '<td class="number rank"></td><th scope="row"></th><td class="via"></td><td class="number bar"></td>'
      body?.append(line)
      lines.push(line)
    }
    while (lines.length > ranked.length) lines.pop()?.remove()
    for (const [at, { trip, risk }] of ranked.entries()) {
      const [rank, destination, via, value] = cells(lines[at] as Element)
      const airport = cities.get(trip.destination)
      write(rank, String(at + 1))
      write(destination, `${trip.destination} ${airport?.city ?? ''}`)
      write(via, trip.via ?? 'nonstop')
      write(value, percent(risk))
      value?.style.setProperty('--at', `${Math.round(risk * 100)}%`)
    }
    map.risks(origin, new Map(ranked.map(({ trip, risk }) => [trip.destination, risk])))
    write(byId('time'), clock(minutes))
  }

  async function show(choice: Choice): Promise<void> {
    if (of !== choice.origin) await choose(choice.origin)
    const flights = flightsOf(choice)
    const started = performance.now()
    const { rows, meta } = await client.getMany('departure', [...flights.values()])
    const risks = new Map([...flights.keys()].map((key, at) => [key, rows[at]?.risk ?? null]))
    const ranked = rank(choice, risks)
    const ms = performance.now() - started
    draw(choice, ranked)
    write(byId('ranking-time'), took(ms))
    write(byId('ranking-source'), `${ranked.length} destinations, ${flights.size} flights computed`)
    const nonstop = ranked.filter(({ trip }) => !trip.via).length
    write(
      byId('ranking-note'),
      `From ${cities.get(choice.origin)?.city}: ${nonstop} nonstop, the others by the hub with most flights, an hour between. The risk is that either flight is late.`,
    )
    told(meta)
  }

  return {
    async show(choice) {
      try {
        await show(choice)
      } catch (thrown) {
        // What was there is of another airport.
        draw(choice, [])
        for (const id of ['ranking-time', 'ranking-source', 'ranking-note']) write(byId(id), '')
        throw thrown
      }
    },
  }
}
