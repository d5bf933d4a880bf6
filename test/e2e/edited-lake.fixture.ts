/** A lake in the bucket of a deployment, its rows as the test knows them, and every way in which it is edited. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lake } from '../../sync/lake/lake.ts'
import { writeParquet } from './deployment.fixture.ts'
import { type EventRow, HOUR, keyOf, sqlOf } from './lake-model.fixture.ts'
import type { Random } from './random.fixture.ts'

export const START = Date.UTC(2026, 0, 1) * 1000

const PARTS = [
  '',
  ' ',
  '|',
  '\\',
  '\\|',
  'a|b',
  'é',
  'e\u0301',
  '日本',
  '😀',
  '\uffff',
  '"',
  "it's",
  'a\nb',
  '\u0001',
  'null',
]
export const KEYS = [
  ...PARTS.flatMap((part) => [-1, 0].map((number) => ({ part, number }))),
  ...Array.from({ length: 370 }, (_, number) => ({ part: 'p', number })),
]
const ODD = KEYS.slice(0, 2 * PARTS.length + 10)
const XS = [null, Number.NaN, -0, 0, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -1e300]
const NS = [null, 0, -1, 7, 2 ** 40]
const SS = [null, '', 'x', '|', '"\\', 'é', '😀', '\uffff', 'long '.repeat(40)]

export class EditedLake {
  readonly #lake: Lake
  readonly #folder: string
  readonly #files = new Map<string, readonly EventRow[]>()
  #made = 0

  /** @param folder where its files are made */
  constructor(lake: Lake, folder: string) {
    this.#lake = lake
    this.#folder = folder
  }

  get rows(): readonly EventRow[] {
    return [...this.#files.values()].flat()
  }

  /** Every key has a new row, the only one of the file that holds all. */
  async rewrite(random: Random): Promise<void> {
    await this.#write(
      ALL,
      KEYS.map((key) => row(random, key)),
    )
  }

  /** @returns what it did */
  async edit(random: Random): Promise<string> {
    if (this.#files.size > MANY) await this.#edits['removes a file']?.(random)
    const name = random.pick(Object.keys(this.#edits))
    await this.#edits[name]?.(random)
    return name
  }

  readonly #edits: Readonly<Record<string, (random: Random) => Promise<void>>> = {
    adds: (random) => this.#write(this.#next(), some(random, 12)),
    'adds late rows': (random) =>
      this.#write(
        this.#next(),
        some(random, 6).map((one) => ({ ...one, at: START + random.below(2 * 3600) * 1_000_000 })),
      ),
    'adds an empty file': () => this.#write(this.#next(), []),
    'says rows twice': (random) => this.#write(this.#next(), random.pick([...this.#files.values()]).slice(0, 20)),
    corrects: (random) => {
      const [file, rows] = random.pick([...this.#files])
      return this.#write(
        file,
        rows.map((one) => (random.chance(0.2) ? { ...one, x: random.pick(XS), s: random.pick(SS) } : one)),
      )
    },
    moves: (random) => {
      const [file, rows] = random.pick([...this.#files])
      return this.#write(
        file,
        rows.map((one) => (random.chance(0.1) ? row(random, one) : one)),
      )
    },
    'removes rows': (random) => {
      const [file, rows] = random.pick([...this.#files])
      return this.#write(
        file,
        rows.filter(() => random.chance(file === ALL ? 0.97 : 0.6)),
      )
    },
    'removes a key': async (random) => {
      const key = keyOf(random.pick(ODD))
      for (const [file, rows] of [...this.#files])
        if (rows.some((one) => keyOf(one) === key))
          await this.#write(
            file,
            rows.filter((one) => keyOf(one) !== key),
          )
    },
    'removes a file': async (random) => {
      const removable = [...this.#files.keys()].filter((file) => file !== ALL)
      if (removable.length === 0) return
      const file = random.pick(removable)
      this.#files.delete(file)
      await this.#lake.remove(`events/${file}`)
    },
  }

  #next(): string {
    return `${this.#made++}.parquet`
  }

  async #write(file: string, rows: readonly EventRow[]): Promise<void> {
    this.#files.set(file, rows)
    const path = join(this.#folder, file)
    await mkdir(this.#folder, { recursive: true })
    await writeParquet(path, sqlOf(rows))
    await this.#lake.put(`events/${file}`, { file: path })
  }
}

const ALL = 'all.parquet'
const MANY = 12

function row(random: Random, { part, number }: Pick<EventRow, 'part' | 'number'>): EventRow {
  // Some hours are crowded, some events lie in the future, and some of those never come due.
  const hour = random.chance(0.3) ? random.below(4) : random.below(80)
  const at = START + hour * HOUR + random.below(6) * 600_000_000
  const created = random.chance(0.5) ? null : at + random.below(20) * HOUR
  return { part, number, at, created, x: random.pick(XS), n: random.pick(NS), s: random.pick(SS) }
}

function some(random: Random, most: number): readonly EventRow[] {
  return Array.from({ length: 1 + random.below(most) }, () => row(random, random.pick(random.chance(0.7) ? ODD : KEYS)))
}
