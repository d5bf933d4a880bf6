/** What it takes to check and parse blocks, by the code that readers run, on V8. */
import { parseBlock, readIdentity } from '../../core/block.ts'
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
  repeat(all, WARM_MS)
  const each = repeat(all, MEASURED_MS) / known.length
  const bytes = known.reduce((sum, { text }) => sum + text.length, 0) / known.length
  return { bytes: Math.round(bytes), micros: each * 1000 }
}

/** @returns milliseconds of each time */
function repeat(work: () => void, ms: number): number {
  const start = performance.now()
  let times = 0
  do {
    work()
    times++
  } while (performance.now() - start < ms)
  return (performance.now() - start) / times
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
