/**
 * Blocks of published runs that a store has lost: which they are, and putting them back. A block that is there and whole is
 * never replaced, whatever is sent.
 */
import { parseBlock } from '../../core/block.ts'
import { ShorelineError } from '../../core/errors.ts'
import type { Repository, Run } from '../../registry/repository.ts'
import type { MissingBlocksAnswer } from '../../registry/wire/history.ts'
import type { BlockWriters } from '../online/store.ts'
import type { StrictReaders } from '../online/strict.ts'
import { readBlocks } from './check-block.ts'
import { blocksOf } from './view-head.ts'

/** Blocks that one call looks at: ten bulk gets, and their checksums. */
const LOOKED_AT = 1000
/** Of a bulk get; held in memory at a time. */
const READ_AT_ONCE = 100

/** @param from the first block to look at. @throws ShorelineError CONFLICT when the run is not one that is or was online */
export async function missingBlocks(
  repository: Pick<Repository, 'run'>,
  readers: StrictReaders,
  id: string,
  from: number,
): Promise<MissingBlocksAnswer> {
  const run = await publishedRun(repository, id)
  const blocks = blocksOf(run) ?? 0
  const end = Math.min(blocks, from + LOOKED_AT)
  const missing: { first: number; count: number }[] = []
  for (let at = from; at < end; at += READ_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(READ_AT_ONCE, end - at) }, (_, index) => at + index)
    const whole = await wholeBlocks(readers, run, numbers)
    for (const block of numbers.filter((one) => !whole.has(one))) {
      const last = missing.at(-1)
      if (last && last.first + last.count === block) last.count++
      else missing.push({ first: block, count: 1 })
    }
  }
  return { run: id, view: run.view, blocks, missing, next: end < blocks ? end : null }
}

/**
 * Consecutive blocks, one a line, each checked as on its first way in.
 * @returns how many were missing, and are written
 */
export async function repairBlocks(
  repository: Pick<Repository, 'run'>,
  readers: StrictReaders,
  writers: BlockWriters,
  id: string,
  first: number,
  body: string,
): Promise<number> {
  const run = await publishedRun(repository, id)
  const texts = readBlocks(body, run, first)
  const whole = await wholeBlocks(
    readers,
    run,
    [...texts.keys()].map((index) => first + index),
  )
  let written = 0
  for (let at = 0; at < texts.length; at++) {
    const some: string[] = []
    for (let text = texts[at]; text !== undefined && !whole.has(first + at); text = texts[++at]) some.push(text)
    if (some.length > 0) await writers[run.store].write(run.view, run.id, first + at - some.length, some)
    written += some.length
  }
  return written
}

async function publishedRun(repository: Pick<Repository, 'run'>, id: string): Promise<Run> {
  const run = await repository.run(id)
  if (run.state === 'published' && run.markedAt === null) return run
  throw new ShorelineError(
    'CONFLICT',
    `Run ${id} of ${run.view} is ${run.markedAt === null ? run.state : 'being reclaimed'}: only runs that are or were online are repaired.`,
    { run: id },
  )
}

async function wholeBlocks(readers: StrictReaders, run: Run, numbers: readonly number[]): Promise<ReadonlySet<number>> {
  const whole = new Set<number>()
  for (let at = 0; at < numbers.length; at += READ_AT_ONCE) {
    const some = numbers.slice(at, at + READ_AT_ONCE)
    const texts = await readers[run.store](some.map((block) => ({ view: run.view, run: run.id, block })))
    for (const [index, block] of some.entries()) {
      const text = texts.get(index)
      if (text !== undefined && isWhole(text, run, block)) whole.add(block)
    }
  }
  return whole
}

function isWhole(text: string, run: Run, block: number): boolean {
  try {
    parseBlock(text, { view: run.view, run: run.id, block, blocks: run.blocks ?? 0 })
    return true
  } catch {
    return false
  }
}
