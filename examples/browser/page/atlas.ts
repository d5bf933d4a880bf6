/** What the pickers list: airports and routes, which are nobody's features. */

export interface Airport {
  /** `SFO` */
  readonly code: string
  readonly name: string
  readonly city: string
  readonly state: string
  readonly latitude: number
  readonly longitude: number
}

export interface Atlas {
  /** Of the departures: the day after the last that features know. */
  readonly day: string
  readonly airports: readonly Airport[]
  /** Origin -> destination -> flights in thirty days. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** One destination, by one flight or two. */
export interface Trip {
  readonly destination: string
  /** Where one changes; null on a nonstop flight. */
  readonly via: string | null
}

const MINUTES_AT_HUB = 60
const MILES_PER_HOUR = 480

/** The destinations with most flights. Where none flies nonstop, by the hub that has most flights on both legs. */
export function tripsFrom({ airports, routes }: Atlas, origin: string, count: number): readonly Trip[] {
  const nonstop = routes[origin] ?? {}
  const weight = new Map<string, number>()
  for (const legs of Object.values(routes))
    for (const [destination, flights] of Object.entries(legs))
      weight.set(destination, (weight.get(destination) ?? 0) + flights)
  return airports
    .map(({ code }) => code)
    .filter((code) => code !== origin)
    .sort((a, b) => (weight.get(b) ?? 0) - (weight.get(a) ?? 0))
    .flatMap((destination): Trip[] => {
      if (nonstop[destination]) return [{ destination, via: null }]
      const hubs = Object.entries(nonstop)
        .map(([hub, flights]) => ({ hub, flights: Math.min(flights, routes[hub]?.[destination] ?? 0) }))
        .filter(({ flights }) => flights > 0)
        .sort((a, b) => b.flights - a.flights)
      return hubs[0] ? [{ destination, via: hubs[0].hub }] : []
    })
    .slice(0, count)
}

/** When the flight from the hub leaves, in minutes of the day. */
export function leavesHub(minutes: number, miles: number): number {
  return minutes + Math.round((miles / MILES_PER_HOUR) * 60) + 30 + MINUTES_AT_HUB
}
