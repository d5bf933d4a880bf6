/** How the page writes numbers and times. */
const DAY = 1440
/** Minutes from which hours alone are said. */
const PRECISE = 360

/** `17:30` */
export function clock(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}

/** The instant of a departure, `2001-07-01T17:30:00Z`; of the next day for minutes beyond midnight. */
export function instant(day: string, minutes: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + minutes * 60_000).toISOString().replace('.000', '')
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`
}

/** `6 h`, `12 min`; two units where one would say too little. */
export function age(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–'
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60 === 0 || minutes >= PRECISE ? '' : ` ${minutes % 60} min`
  if (minutes < 2 * DAY) return `${Math.floor(minutes / 60)} h${rest}`
  return `${Math.floor(minutes / DAY)} d`
}

/** How long something took. */
export function took(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : `${Math.round(ms)} ms`
}

const NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

export function plain(value: number | bigint): string {
  return NUMBER.format(value)
}
