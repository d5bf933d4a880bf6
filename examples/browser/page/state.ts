/** What is chosen. It is kept in the fragment of the address, which no browser sends to a server. */
import type { Atlas } from './atlas.ts'

export interface Choice {
  readonly origin: string
  readonly destination: string
  /** Of the day. */
  readonly minutes: number
}

const FIRST: Choice = { origin: 'SFO', destination: 'JFK', minutes: 17 * 60 + 30 }

export function readChoice({ routes }: Atlas): Choice {
  const [origin = '', destination = '', time = ''] = location.hash.slice(1).split('-')
  const minutes = /^\d{4}$/.test(time) ? Number(time.slice(0, 2)) * 60 + Number(time.slice(2)) : FIRST.minutes
  const known = routes[origin]?.[destination] !== undefined
  return { ...FIRST, ...(known && { origin, destination }), minutes: Math.min(minutes, 1439) }
}

export function keepChoice({ origin, destination, minutes }: Choice): void {
  const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`
  history.replaceState(null, '', `#${origin}-${destination}-${time}`)
}
