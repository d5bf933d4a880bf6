/** How much memory a sync may take, and DuckDB's part of it. */
import { ShorelineError } from '../core/errors.ts'

const UNITS: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/** With less, DuckDB cannot even sort what it has spilled. */
const LEAST = 256e6

/** The rest is Node's: blocks on their way, and what DuckDB's allocator keeps beyond its limit. */
const DUCKDB_SHARE = 0.65

/** @param text as in `--memory 2GB` @returns DuckDB's limit @throws ShorelineError INVALID */
export function duckdbMemory(text: string): string {
  const bytes = bytesOf(text)
  if (bytes < LEAST)
    throw new ShorelineError('INVALID', `--memory ${text} is too little: a sync needs at least ${LEAST / 1e6}MB.`)
  return `${Math.round((bytes * DUCKDB_SHARE) / 1e6)}MB`
}

/** What each of several runs at once may take. @throws ShorelineError INVALID when that is too little for one */
export function sharedMemory(text: string, runs: number): string {
  const each = Math.floor(bytesOf(text) / runs / 1e6)
  if (each * 1e6 >= LEAST) return `${each}MB`
  throw new ShorelineError(
    'INVALID',
    `--memory ${text} is too little for --parallel ${runs}: each run needs at least ${LEAST / 1e6}MB.`,
  )
}

function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^([0-9]+(?:\.[0-9]+)?)\s*([kmgt]i?b)$/i.exec(text.trim()) ?? []
  const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN)
  if (Number.isFinite(bytes) && number !== '') return bytes
  throw new ShorelineError('INVALID', `--memory ${JSON.stringify(text)} is no size. Write 2GB, or 800MB.`)
}
