/** One flight: its features as the edge served them, and its risk as this device computes it. */
import type { Airport, Atlas } from './atlas.ts'
import { curve } from './curve.ts'
import { byId, cells, select, write } from './dom.ts'
import { startEngines } from './engines.ts'
import { client, type Departure } from './features.ts'
import { age, clock, instant, percent, plain } from './format.ts'
import { airportMap } from './map.ts'
import type { Choice } from './state.ts'

/** Points of the curve: one for every ten minutes, midnight twice. */
const POINTS = 145

const SHOWN = [
  { name: 'late_share_7d', view: 'origin_delays', of: 'origin', text: 'late departures, 7 days', unit: percent },
  { name: 'avg_delay_7d', view: 'origin_delays', of: 'origin', text: 'mean delay, 7 days', unit: minutesText },
  {
    name: 'destination_late_share_7d',
    view: 'destination_delays',
    of: 'destination',
    text: 'late departures, 7 days',
    unit: percent,
  },
  {
    name: 'destination_avg_delay_7d',
    view: 'destination_delays',
    of: 'destination',
    text: 'mean delay, 7 days',
    unit: minutesText,
  },
  { name: 'flights_30d', view: 'route_delays', of: 'route', text: 'flights, 30 days', unit: plain },
  {
    name: 'distance',
    view: 'route_delays',
    of: 'route',
    text: 'distance',
    unit: (miles: number | bigint) => `${plain(miles)} mi`,
  },
] as const

function minutesText(minutes: number): string {
  return `${minutes.toFixed(1)} min`
}

const WHY = { NOT_FOUND: 'not known', OUTSIDE_MAX_AGE: 'too old', NULL_VALUE: 'none', INVALID: 'failed' } as const

/** Why a value is not there. */
function missing({ issues }: Departure['meta'], feature: string, view: string): string {
  const status = issues.find((one) => one.feature === feature || one.view === view)?.status
  return status === undefined || status === 'PRESENT' ? 'none' : WHY[status]
}

export interface FlightPanel {
  /** Another pair of airports, or newer values: everything is drawn. */
  show(choice: Choice): Promise<void>
  /** Another time: one row, one frame. */
  move(choice: Choice): Promise<void>
}

/** @param told of each answer, for what is said above the panels */
export function flightPanel({ airports, day }: Atlas, told: (meta: Departure['meta']) => void): FlightPanel {
  const byCode = new Map<string, Airport>(airports.map((one) => [one.code, one]))
  const chart = curve(byId<SVGSVGElement>('curve'), byId('curve-top'))
  const map = airportMap(byId<SVGSVGElement>('map'), airports)
  const engines = startEngines()
  const [time, risk, title, source] = ['time', 'risk', 'route-title', 'source'].map((id) => byId(id))
  const body = byId('features').querySelector('tbody')
  const rows = SHOWN.map(() => {
    const row = document.createElement('tr')
    row.innerHTML = '<th scope="row"></th><td class="number"></td><td class="number age"></td>'
    body?.append(row)
    return row
  })

  async function compute({ origin, destination, minutes }: Choice): Promise<Departure> {
    const flight = { origin, destination, scheduled_at: instant(day, minutes) }
    let started = performance.now()
    let departure = await client.get('departure', flight)
    if (departure.meta.source === 'network') {
      // Once more: what is told is how long this device takes, and not the network.
      const { meta } = departure
      started = performance.now()
      departure = { ...(await client.get('departure', flight)), meta }
    }
    engines.device(flight, departure, performance.now() - started)
    write(time, clock(minutes))
    write(risk, percent(departure.row.risk))
    risk?.style.setProperty('--at', `${Math.round((departure.row.risk ?? 0) * 100)}%`)
    chart.mark(minutes, departure.row.risk)
    select('minutes').setAttribute('aria-valuetext', `${clock(minutes)}, risk ${percent(departure.row.risk)}`)
    return departure
  }

  function drawFeatures({ row, meta }: Departure, { origin, destination }: Choice): void {
    const names = { origin, destination, route: `${origin}–${destination}` }
    for (const [at, { name, view, of, text, unit }] of SHOWN.entries()) {
      const [label, value, old] = cells(rows[at] as Element)
      const found = row[name]
      if (label) label.innerHTML = `<b>${names[of]}</b> ${text}`
      const shown = found === null ? missing(meta, name, view) : (unit as (value: number | bigint) => string)(found)
      write(value, shown)
      write(old, age(meta.ages[view]?.[0]))
      old?.setAttribute('title', `Known since ${meta.event_timestamps[view]?.[0] ?? 'never'}`)
    }
    const from = meta.source === 'network' ? 'answered now' : `answered ${age(meta.age)} ago`
    write(source, `${meta.service}, revision ${meta.revision}, ${from}`)
  }

  /** What was there is of another flight. */
  function clear({ minutes }: Choice): void {
    write(time, clock(minutes))
    write(risk, '–')
    write(source, '')
    for (const row of rows) for (const cell of cells(row)) write(cell, '–')
    chart.draw([])
    chart.mark(minutes, null)
    select('minutes').setAttribute('aria-valuetext', clock(minutes))
    engines.none()
  }

  async function show(choice: Choice): Promise<void> {
    const { origin, destination } = choice
    map.route(origin, destination)
    const cities = [origin, destination].map((code) => `${byCode.get(code)?.city}, ${byCode.get(code)?.state}`)
    write(title, cities.join(' to '))
    const departure = await compute(choice)
    drawFeatures(departure, choice)
    told(departure.meta)
    const times = Array.from({ length: POINTS }, (_, at) => instant(day, Math.min(at * 10, 1439)))
    const flights = times.map((scheduled_at) => ({ origin, destination, scheduled_at }))
    const { rows: all } = await client.getMany('departure', flights)
    chart.draw(all.map((one) => one.risk))
    chart.mark(choice.minutes, departure.row.risk)
  }

  const orClear = async (choice: Choice, work: Promise<unknown>): Promise<void> => {
    try {
      await work
    } catch (thrown) {
      clear(choice)
      throw thrown
    }
  }
  return {
    show: (choice) => orClear(choice, show(choice)),
    move: (choice) => orClear(choice, compute(choice)),
  }
}
