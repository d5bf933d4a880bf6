/** What it takes to check and parse blocks, by the code that readers run, on V8. */
import { parseBlock, readIdentity } from '../../core/block.ts'
import { median } from '../serving/statistics.ts'
import type { Parsing } from './job.ts'

const WARM_MS = 200
const MEASURED_MS = 400

/** @returns null without blocks */
export function measureParsing(blocks: readonly string[]): Parsing | null {
  const known = blocks.flatMap((text) => {
    const identity = readIdentity(text)
    return identity ? [{ text, identity }] : []
  })
  if (known.length === 0) return null
  const all = (): void => {
    for (const { text, identity } of known) parseBlock(text, identity)
  }
  warm(all)
  const each = timed(all) / known.length
  const bytes = known.reduce((sum, { text }) => sum + text.length, 0) / known.length
  return { bytes: Math.round(bytes), micros: each * 1000 }
}

function warm(work: () => void): void {
  for (const start = performance.now(); performance.now() - start < WARM_MS; ) work()
}

/** @returns milliseconds, the median of all times */
function timed(work: () => void): number {
  const times: number[] = []
  for (const start = performance.now(); performance.now() - start < MEASURED_MS; ) {
    const before = performance.now()
    work()
    times.push(performance.now() - before)
  }
  return median(times)
}

/** Bytes of a row's text with its comma, on average. */
export function rowBytesOf(blocks: readonly string[]): number {
  let bytes = 0
  let rows = 0
  for (const text of blocks) {
    const identity = readIdentity(text)
    if (!identity) continue
    rows += parseBlock(text, identity).length
    bytes += text.length - text.indexOf('[')
  }
  return bytes / Math.max(1, rows)
}
