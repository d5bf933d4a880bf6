/** Regular expressions and patterns of LIKE, made at random of what is taken: DuckDB and the evaluator find the same. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { likeMatcher } from '../../core/expressions/like.ts'
import { regexOf, regexProblem } from '../../core/expressions/regex.ts'
import { literal } from '../sql/text.ts'
import { randomOf } from '../verify/random.ts'
import { registerFunctions } from './offline.ts'
import { pick } from './parity-values.fixture.ts'

const PATTERNS = 250
const random = randomOf(Number(process.env['SHORELINE_SEED'] ?? 6))

const CHARACTERS = [
  ...'aaabbcA1_ -,.%é😀日/&~*\\',
  '\n',
  '\t',
  '\v',
  '\f',
  '\r',
  '\u00a0',
  '\u0001',
  '\u2028',
  '\u0085',
]
const TEXTS = Array.from({ length: 150 }, () => textOf(CHARACTERS))

let db: DuckDBConnection

beforeAll(async () => {
  db = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await registerFunctions(db)
  const rows = TEXTS.map((text, at) => `(${at}, ${literal(text)})`)
  await db.run(`create table texts as select * from (values ${rows.join(', ')}) as rows (place, text)`)
})
afterAll(() => db.closeSync())

function textOf(characters: readonly string[]): string {
  return Array.from({ length: Math.floor(random() * 7) }, () => pick(random, characters)).join('')
}

/** What DuckDB makes of each text. */
async function offline(sql: string): Promise<readonly unknown[]> {
  const rows = (await db.runAndReadAll(`select ${sql} from texts order by place`)).getRows()
  return rows.map(([value]) => value)
}

/** The texts on which the paths differ. */
async function differing(sql: string, matches: (text: string) => boolean): Promise<readonly string[]> {
  const found = await offline(sql)
  return TEXTS.filter((text, at) => found[at] !== matches(text))
}

const ATOMS = [
  ...'abcA1_ -,.é😀日/\u0001\u00a0',
  ...['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\.', '\\n', '\\t', '\\-', '\\/', '\\*', '.', '\\b', '\\B', '^', '$'],
  ...[
    '[a-c]',
    '[^a-c]',
    '[\\d,]',
    '[\\s]',
    '[é😀]',
    '[^😀]',
    '[-a]',
    '[a-]',
    '[\\w-]',
    '[.]',
    '[*]',
    '[^\\n]',
    '[&&]',
    '[~]',
  ],
]
const REPETITIONS = ['*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?', '??', '{0}']

function regexAtRandom(depth: number): string {
  const kind = random()
  const part = () => regexAtRandom(depth - 1)
  if (depth <= 0 || kind < 0.35) return pick(random, ATOMS)
  if (kind < 0.6) return part() + part()
  if (kind < 0.7) return `(${part()}|${part()})`
  if (kind < 0.75) return `(?:${part()})`
  if (kind < 0.8) return `(|${part()})`
  return part() + pick(random, REPETITIONS)
}

it('finds the same by regular expressions', async () => {
  const wrong: unknown[] = []
  for (let made = 0; made < PATTERNS; ) {
    const pattern = regexAtRandom(4)
    if (regexProblem(pattern) !== undefined) continue
    made++
    for (const isWhole of [false, true]) {
      const regex = regexOf(pattern, isWhole)
      const sql = `${isWhole ? 'regexp_full_match' : 'regexp_matches'}(text, ${literal(pattern)})`
      const texts = await differing(sql, (text) => regex.test(text))
      if (texts.length > 0) wrong.push({ sql, texts })
    }
  }
  expect(wrong).toEqual([])
})

it('finds the same by like', async () => {
  const wrong: unknown[] = []
  for (let made = 0; made < PATTERNS; made++) {
    const pattern = textOf([...'%%__abA1é😀日\\', '\n'])
    const texts = await differing(`text like ${literal(pattern)}`, likeMatcher(pattern))
    if (texts.length > 0) wrong.push({ pattern, texts })
  }
  expect(wrong).toEqual([])
})
