/** `weights.ts`, which the definitions import: a program wrote it, people read it. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Weights } from './terms.ts'

/** The last digits of a sum depend on the order in which threads add: these do not. */
const DIGITS = 6

export function rounded(weight: number): number {
  return Number(weight.toPrecision(DIGITS))
}

/** @returns whether the file said something else, or was not there */
export async function writeWeights(file: string, { bias, terms }: Weights): Promise<boolean> {
  const text = `${[
    '/** Written by `npm run example:model`, which says when it fits others. */',
    "import type { Weights } from './terms.ts'",
    '',
    'export const weights: Weights = {',
    `  bias: ${bias},`,
    '  terms: {',
    ...Object.entries(terms).map(([term, weight]) => `    ${term}: ${weight},`),
    '  },',
    '}',
  ].join('\n')}\n`
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return false
  await writeFile(file, text)
  return true
}
