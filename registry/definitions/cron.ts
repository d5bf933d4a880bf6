interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Names that stand for numbers, the first for `min`. */
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 7, names: WEEKDAYS }, // 0 and 7 are Sunday
]

/** What keeps the text from being five fields of POSIX cron (lists, ranges, steps, names of months and days), or null. */
export function cronProblem(text: string): string | null {
  const fields = text.trim().split(/\s+/)
  if (fields.length !== FIELDS.length) return `it has ${fieldCount(text.trim(), fields)} instead of 5`
  for (const [at, field] of FIELDS.entries()) {
    const value = fields[at] ?? ''
    if (!value.split(',').every((part) => isPart(part, field)))
      return `the ${field.name} "${value}" is not within ${field.min}-${field.max}`
  }
  return null
}

function fieldCount(text: string, fields: readonly string[]): string {
  const count = text === '' ? 0 : fields.length
  return count === 1 ? '1 field' : `${count} fields`
}

/** `*`, `5`, `1-5`, or any of them with a step, `* / 15`. */
function isPart(part: string, field: Field): boolean {
  const [range = '', step, ...rest] = part.split('/')
  if (rest.length > 0 || (step !== undefined && !/^[1-9][0-9]?$/.test(step))) return false
  if (range === '*') return true
  const [from, to, ...more] = range.split('-').map((text) => numberOf(text, field))
  if (from === undefined || from === null || more.length > 0) return false
  return to === undefined || (to !== null && from <= to)
}

function numberOf(text: string, field: Field): number | null {
  const named = field.names.indexOf(text.toLowerCase())
  if (named >= 0) return field.min + named
  const number = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN
  return number >= field.min && number <= field.max ? number : null
}

const DAYS_PER_MONTH = 30

/** How often a month of 30 days, on average over a year. @param text one in which `cronProblem` finds nothing */
export function runsPerMonth(text: string): number {
  const fields = text.trim().split(/\s+/)
  const [minutes = 0, hours = 0, daysOfMonth = 0, months = 0, weekdays = 0] = FIELDS.map((field, at) =>
    share(fields[at] ?? '', field),
  )
  // Where both days are named, either will do.
  const [both, days] = [!isEvery(fields[2]) && !isEvery(fields[4]), daysOfMonth * weekdays]
  return 60 * 24 * DAYS_PER_MONTH * minutes * hours * months * (both ? daysOfMonth + weekdays - days : days)
}

/** Of the values that the field may have. */
function share(text: string, field: Field): number {
  return valuesOf(text, field).length / (field.max === 7 ? 7 : field.max - field.min + 1)
}

/**
 * Minute, hour, day of month, month and day of week, each the values that it names in ascending order, Sunday as 0; null
 * for `*`, which leaves the day to the other of the two fields of days.
 * @param text one in which `cronProblem` finds nothing
 */
export function cronValues(text: string): readonly (readonly number[] | null)[] {
  const fields = text.trim().split(/\s+/)
  return FIELDS.map((field, at) => (isEvery(fields[at]) ? null : valuesOf(fields[at] ?? '', field)))
}

function isEvery(field: string | undefined): boolean {
  return field === '*' || field === '*/1'
}

function valuesOf(text: string, field: Field): readonly number[] {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/')
    const [from, to] = range === '*' ? [field.min, field.max] : range.split('-').map((one) => numberOf(one, field) ?? 0)
    const last = to ?? (part.includes('/') ? field.max : from)
    for (let value = from ?? 0; value <= (last ?? 0); value += Number(step))
      values.add(field.max === 7 ? value % 7 : value)
  }
  return [...values].sort((a, b) => a - b)
}
