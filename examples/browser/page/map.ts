/** Airports as dots, which are enough to see the country, and what is to be said about them. */
import type { Airport } from './atlas.ts'
import { svg } from './dom.ts'

const WIDTH = 600
const HEIGHT = 370
const MAINLAND = { west: -125.5, east: -66, south: 24, north: 50 }

/** Albers' equal-area conic for the mainland; null for what lies elsewhere. */
function project({ latitude, longitude }: Airport): readonly [x: number, y: number] | null {
  if (longitude < MAINLAND.west || longitude > MAINLAND.east || latitude < MAINLAND.south || latitude > MAINLAND.north)
    return null
  const rad = Math.PI / 180
  const n = (Math.sin(29.5 * rad) + Math.sin(45.5 * rad)) / 2
  const c = Math.cos(29.5 * rad) ** 2 + 2 * n * Math.sin(29.5 * rad)
  const radius = (phi: number): number => Math.sqrt(c - 2 * n * Math.sin(phi)) / n
  const theta = n * (longitude + 96) * rad
  const rho = radius(latitude * rad)
  return [
    WIDTH / 2 + 820 * rho * Math.sin(theta) + 6,
    HEIGHT / 2 + 8 + 820 * (rho * Math.cos(theta) - radius(37.6 * rad)),
  ]
}

/** What is off the mainland has a place in the corner, in a line. */
function places(airports: readonly Airport[]): ReadonlyMap<string, readonly [number, number]> {
  const found = new Map<string, readonly [number, number]>()
  let outside = 0
  for (const airport of airports) {
    const at = project(airport)
    found.set(airport.code, at ?? [24 + (outside % 9) * 13, HEIGHT - 34 + Math.floor(outside / 9) * 13])
    if (!at) outside++
  }
  return found
}

export interface AirportMap {
  /** The flight from one airport to another. */
  route(origin: string, destination: string): void
  /** Destinations by their risk from 0 to 1; the others fade. */
  risks(origin: string, risks: ReadonlyMap<string, number>): void
}

export function airportMap(element: SVGSVGElement, airports: readonly Airport[]): AirportMap {
  element.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
  const at = places(airports)
  const dots = new Map<string, SVGElement>()
  const arc = svg('path', { class: 'arc' })
  for (const { code } of airports) {
    const [x, y] = at.get(code) ?? [0, 0]
    const dot = svg('circle', { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.2, class: 'dot' })
    const title = svg('title', {})
    title.textContent = code
    dot.append(title)
    dots.set(code, dot)
  }
  const note = svg('text', { x: 18, y: HEIGHT - 46, class: 'note' })
  note.textContent = 'Alaska, Hawaii, islands'
  const ends = svg('g', {})
  element.replaceChildren(...dots.values(), note, arc, ends)

  const label = (code: string, className: string): readonly SVGElement[] => {
    const [x, y] = at.get(code) ?? [0, 0]
    const text = svg('text', { x: Math.min(Math.max(x, 22), WIDTH - 22), y: y < 40 ? y + 22 : y - 11, class: 'code' })
    text.textContent = code
    return [svg('circle', { cx: x, cy: y, r: 5, class: className }), text]
  }
  return {
    route(origin, destination) {
      const [x1, y1] = at.get(origin) ?? [0, 0]
      const [x2, y2] = at.get(destination) ?? [0, 0]
      const rise = Math.hypot(x2 - x1, y2 - y1) * 0.22
      arc.setAttribute('d', `M${x1} ${y1}Q${(x1 + x2) / 2} ${(y1 + y2) / 2 - rise} ${x2} ${y2}`)
      ends.replaceChildren(...label(origin, 'end'), ...label(destination, 'end'))
    },
    risks(origin, risks) {
      for (const [code, dot] of dots) {
        const risk = risks.get(code)
        dot.setAttribute('class', risk === undefined ? 'dot' : 'dot risk')
        if (risk !== undefined) dot.style.setProperty('--at', `${Math.round(risk * 100)}%`)
      }
      if (ends.getAttribute('data-of') === origin) return
      ends.setAttribute('data-of', origin)
      ends.replaceChildren(...label(origin, 'end'))
    },
  }
}
