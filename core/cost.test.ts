import { describe, expect, it } from 'vitest'
import { dollars, type Materialized, materializationOperations, type Operations } from './cost.ts'

const NOTHING: Operations = {
  kvWrites: 0,
  kvDeletes: 0,
  kvBytes: 0,
  d1RowsWritten: 0,
  d1RowsDeleted: 0,
  d1Bytes: 0,
  r2Writes: 0,
  r2Reads: 0,
  r2Bytes: 0,
}

describe('a materialization costs', () => {
  it.each<[string, Partial<Operations>, number]>([
    ['a million keys written', { kvWrites: 1e6 }, 5],
    ['a million keys deleted later', { kvDeletes: 1e6 }, 5],
    ['a gigabyte in KV for a month', { kvBytes: 1e9 }, 0.5],
    ['a million rows in D1', { d1RowsWritten: 1e6 }, 1],
    ['a million rows deleted from D1 later', { d1RowsDeleted: 1e6 }, 1],
    ['a gigabyte in D1 for a month', { d1Bytes: 1e9 }, 0.75],
    ['a million writes to R2', { r2Writes: 1e6 }, 4.5],
    ['a million reads from R2', { r2Reads: 1e6 }, 0.36],
    ['a gigabyte in R2 for a month', { r2Bytes: 1e9 }, 0.015],
    ['nothing', {}, 0],
    ['a key per entity for 10 million, and their later deletion', { kvWrites: 1e7, kvDeletes: 1e7 }, 100],
  ])('for %s: %o', (_what, operations, price) => {
    expect(dollars({ ...NOTHING, ...operations })).toBeCloseTo(price, 10)
  })
})

describe('the operations of a materialization', () => {
  const made: Materialized = {
    store: 'kv',
    written: 90,
    blocks: 100,
    bytes: 400_000,
    uploads: 1,
    objects: 3,
    parts: 1,
    snapshotBytes: 130_000,
    published: true,
  }

  it('are writes of blocks to KV, and their deletions', () => {
    expect(materializationOperations(made)).toMatchObject({
      kvWrites: 92,
      kvDeletes: 100,
      d1RowsWritten: 9,
      d1Bytes: 0,
    })
  })

  it('are rows of D1 where the view is online there: a fifth of the price', () => {
    const inD1 = materializationOperations({ ...made, store: 'd1' })
    expect(inD1).toMatchObject({ kvWrites: 2, kvDeletes: 0, kvBytes: 0, d1RowsWritten: 99, d1RowsDeleted: 100 })
    expect(inD1.d1Bytes).toBe(400_000)
  })
})
