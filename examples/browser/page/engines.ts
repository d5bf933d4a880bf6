/** The same risk by three engines, beside one another: to the last bit, and for the time that each was asked about. */
import { byId, cells, write } from './dom.ts'
import { client, type Departure, type Flight, said } from './features.ts'
import { took } from './format.ts'

interface Answered {
  readonly flight: Flight
  readonly risk: number | null
}

export interface Engines {
  /** What this device computed for a frame. */
  device(flight: Flight, departure: Departure, ms: number): void
  /** Nothing is known of the flight that is chosen. */
  none(): void
}

export function startEngines(): Engines {
  let device: (Answered & { readonly row: Departure['row'] }) | undefined
  const others = new Map<string, Answered>()

  function draw(id: string, { flight, risk }: Answered, ms: number): void {
    const [, value, time, of] = cells(byId(id))
    write(value, risk === null ? 'none' : String(risk))
    write(time, took(ms))
    write(of, `${flight.origin}–${flight.destination}, ${flight.scheduled_at.slice(11, 16)}`)
  }

  /** Answers for another flight than the device's are kept, and not compared. */
  function compare(): void {
    const compared = [...others].flatMap(([id, { flight, risk }]) => {
      const same = JSON.stringify(flight) === JSON.stringify(device?.flight)
      byId(id).classList.toggle('past', !same)
      return same ? [Object.is(risk, device?.risk)] : []
    })
    const verdict = byId('verdict')
    verdict.dataset['equal'] = compared.length === 0 ? '' : String(compared.every(Boolean))
    if (compared.length === 0) write(verdict, others.size > 0 ? 'ask again for this time' : '')
    else write(verdict, compared.every(Boolean) ? 'the same to the last bit' : 'not the same')
  }

  function button(
    id: string,
    engine: string,
    busy: string,
    ask: (flight: Flight, row: Departure['row']) => Promise<readonly [number | null, number]>,
  ) {
    const element = byId<HTMLButtonElement>(id)
    element.addEventListener('click', async () => {
      if (!device) return
      const { flight, row } = device
      element.disabled = true
      write(element, busy)
      try {
        const [risk, ms] = await ask(flight, row)
        others.set(engine, { flight, risk })
        draw(engine, { flight, risk }, ms)
        write(element, 'Ask')
        compare()
      } catch (thrown) {
        const [, , , of] = cells(byId(engine))
        write(of, said(thrown))
        write(element, 'Try again')
      } finally {
        element.disabled = false
        // It has been moved off while it was disabled.
        if (document.activeElement === document.body) element.focus()
      }
    })
  }

  button('ask-edge', 'engine-edge', 'Asking…', async (flight) => {
    const started = performance.now()
    const { row, meta } = await client.get('departure', flight, { compute: 'edge', cache: 'reload' })
    if (meta.source === 'cache') throw new Error('The edge cannot be reached.')
    return [row.risk, performance.now() - started]
  })
  button('ask-duckdb', 'engine-duckdb', 'Starting…', async (flight, row) => {
    const { startDuckDB, riskByDuckDB } = await import('./duckdb.ts')
    const sql = await startDuckDB()
    const started = performance.now()
    const risk = await riskByDuckDB(sql, { ...row, scheduled_at: flight.scheduled_at })
    return [risk, performance.now() - started]
  })

  return {
    device(flight, { row }, ms) {
      device = { flight, row, risk: row.risk }
      draw('engine-device', device, ms)
      compare()
    },
    none() {
      device = undefined
      for (const cell of cells(byId('engine-device')).slice(1, 4)) write(cell, '–')
      compare()
    },
  }
}
