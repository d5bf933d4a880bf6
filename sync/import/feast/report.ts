/** What an import leaves to its user, collected while converting. */
import { ShorelineError } from '../../../core/errors.ts'
import { isName } from '../../../core/name.ts'
import { RESERVED_NAMES } from '../../../registry/definitions/options.ts'

export interface WorkLeft {
  readonly object: string
  readonly what: string
}

export interface Renamed {
  readonly object: string
  readonly from: string
  readonly to: string
}

export class Report {
  readonly workLeft: WorkLeft[] = []
  readonly renamed: Renamed[] = []

  left(object: string, what: string): void {
    if (!this.workLeft.some((one) => one.object === object && one.what === what)) this.workLeft.push({ object, what })
  }

  rename(object: string, from: string, to: string): void {
    if (from !== to && !this.renamed.some((one) => one.object === object && one.from === from))
      this.renamed.push({ object, from, to })
  }
}

/** Names of one scope: each of Feast's gets one of ours, and no two the same. */
export class Names {
  readonly #report: Report
  readonly #scope: string
  readonly #ours = new Map<string, string>()

  /** @param scope how messages call where the names are: `view driver_stats`, or '' */
  constructor(report: Report, scope = '') {
    this.#report = report
    this.#scope = scope
  }

  /**
   * @param kind what is named: also how a name that begins with no letter is made to
   * @throws ShorelineError INVALID when another of Feast's names became the same
   */
  claim(kind: string, feast: string): string {
    const name = nameOf(feast, kind)
    const earlier = [...this.#ours].find(([from, ours]) => ours === name && from !== feast)
    if (earlier)
      throw new ShorelineError(
        'INVALID',
        `${this.#scope && `${this.#scope}: `}"${earlier[0]}" and "${feast}" would both be called "${name}": names are lower-case letters, digits and single underscores. Give one of them another name in the Feast repository, run "feast apply" and import again.`,
      )
    this.#ours.set(feast, name)
    this.#report.rename(`${kind.replaceAll('_', ' ')}${this.#scope && ` of ${this.#scope}`}`, feast, name)
    return name
  }

  /** A name for what has none of its own in Feast: a number follows where it is taken. */
  invent(kind: string, wish: string): string {
    const name = freeName(nameOf(wish, kind), (taken) => this.has(taken))
    this.#ours.set(`\0${name}`, name)
    return name
  }

  has(name: string): boolean {
    return [...this.#ours.values()].includes(name)
  }
}

const LONGEST = 63

/** `DriverStats`, `driver-stats`, `driver__stats` -> `driver_stats`. */
export function nameOf(feast: string, kind: string): string {
  if (isName(feast) && !RESERVED_NAMES.includes(feast)) return feast
  const words = feast
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
  const name = words === '' ? kind : /^[a-z]/.test(words) ? words : `${kind}_${words}`
  return shortened(RESERVED_NAMES.includes(name) ? `${name}_${kind}` : name, '')
}

export function freeName(wish: string, isTaken: (name: string) => boolean): string {
  let name = shortened(wish, '')
  for (let number = 2; isTaken(name); number++) name = shortened(wish, `_${number}`)
  return name
}

function shortened(name: string, end: string): string {
  return `${name.slice(0, LONGEST - end.length).replace(/_$/, '')}${end}`
}
