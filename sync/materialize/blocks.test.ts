import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { fromBase64 } from '../../core/base64.ts'
import { parseBlock } from '../../core/block.ts'
import { filterBlockOf, filterBlocks, mayHave } from '../../core/filter.ts'
import { BLOCK_BYTES } from '../../core/limits.ts'
import { partitionOf } from '../../core/partition.ts'
import { blocksFor } from '../../core/run-choice.ts'
import { t } from '../../core/types.ts'
import { entity } from '../../registry/definitions/entity.ts'
import { featureView } from '../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../registry/definitions/parquet-source.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { type BuiltBlock, buildBlocks, checkKeys, rowBytes } from './blocks.ts'
import { atDesk, type Desk, registered, type Snapshot } from './snapshot.fixture.ts'

const RUN = '7-3fa9c1d2'
const source = parquetSource('stays', { path: 'file://stays.parquet', timestamp: 'day' })
const guest = entity('guest', { joinKeys: { name: t.string(), room: t.int64() } })
const stays = featureView('stays', {
  entity: guest,
  source,
  features: { nights: t.int64(), note: t.string(), share: t.float32() },
})

/** Names with separators, quotes, line breaks and emoji; a thousand of them and more. */
function guests(count: number, note = "'n'"): string {
  return `select chr((65 + i % 26)::integer) || ['', '|', '\\', '"', chr(10), '😀', 'é', ',"rows":'][1 + i % 8] || i as name,
    (i * 1000003)::bigint as room, timestamp '2001-06-01' + interval (i) second as day,
    i::bigint as nights, ${note} as note, (i / 7)::float as share from range(${count}) as t(i)`
}

async function built(desk: Desk, view: ViewObject, file: string, blocks: number): Promise<readonly BuiltBlock[]> {
  const all: BuiltBlock[] = []
  const run = { run: RUN, file, kind: 'base' as const, rows: 5000, blocks, filters: 0 }
  for await (const some of buildBlocks(desk.db, view, run, tmpdir())) all.push(...some)
  return all
}

async function countBlocks(desk: Desk, view: ViewObject, file: string, rows: number): Promise<number> {
  await checkKeys(desk.db, view, file)
  return blocksFor(rows, await rowBytes(desk.db, view, file, rows), BLOCK_BYTES)
}

async function withStays<T>(
  select: string,
  work: (desk: Desk, view: ViewObject, snapshot: Snapshot) => Promise<T>,
  definition: object = stays,
): Promise<T> {
  const view = await registered(definition)
  return atDesk(async (desk) => work(desk, view, await desk.compute(view, { stays: [await desk.parquet(select)] })))
}

describe('the blocks of a run', () => {
  it('hold every row exactly once, in the block of its partition, as the reader parses it', async () => {
    const [all, found] = await withStays(guests(5000), async (desk, view, { file, found }) => [
      await built(desk, view, file, 37),
      found,
    ])
    expect(all.map(({ block }) => block)).toEqual(Array.from({ length: 37 }, (_, block) => block))
    const rows = all.flatMap(({ block, text }) => {
      const parsed = parseBlock(text, { view: 'stays@1', run: RUN, block, blocks: 37 })
      for (const [key] of parsed) expect(partitionOf(key, 37)).toBe(block)
      return parsed
    })
    const escaped = (part: unknown): string => String(part).replace(/[\\|]/g, '\\$&')
    const expected = found.map((row): readonly [string, ...unknown[]] => [
      `${escaped(row['name'])}|${String(row['room'])}`,
      Date.parse(`${String(row['event_timestamp'])}Z`) * 1000,
      row['nights'],
      row['note'],
    ])
    const byKey = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number =>
      a < b ? -1 : 1
    expect(rows).toHaveLength(5000)
    expect(rows.map(([key, at, nights, note]) => [key, at, nights, note] as const).sort(byKey)).toEqual(
      expected.sort(byKey),
    )
  })

  it('are the same bytes when they are built again, with whatever number of threads', async () => {
    await withStays(guests(20_000), async (desk, view, { file }) => {
      const texts = async (threads: number): Promise<readonly BuiltBlock[]> => {
        await desk.db.run(`set threads = ${threads}`)
        return built(desk, view, file, 300)
      }
      const once = await texts(4)
      expect(once).toHaveLength(300)
      for (const threads of [4, 1, 3]) expect(await texts(threads)).toEqual(once)
    })
  })

  it('are the same bytes in whatever order the snapshot holds its rows', async () => {
    await withStays(guests(2000), async (desk, view, { file }) => {
      const shuffled = await desk.parquet(`from read_parquet('${file}') order by md5(room::varchar)`)
      expect(await built(desk, view, shuffled, 30)).toEqual(await built(desk, view, file, 30))
    })
  })

  it('are all there when some or all are empty', async () => {
    await withStays(guests(3), async (desk, view, { file }) => {
      const all = await built(desk, view, file, 100)
      const rows = all.map(
        ({ block, text }) => parseBlock(text, { view: 'stays@1', run: RUN, block, blocks: 100 }).length,
      )
      expect(rows).toHaveLength(100)
      expect(rows.filter((count) => count > 0).reduce((sum, count) => sum + count)).toBe(3)
    })
    await withStays(`${guests(1)} where false`, async (desk, view, { file, rows }) => {
      expect(await countBlocks(desk, view, file, rows)).toBe(1)
      const [only, ...others] = await built(desk, view, file, 1)
      expect(others).toEqual([])
      expect(parseBlock(only?.text ?? '', { view: 'stays@1', run: RUN, block: 0, blocks: 1 })).toEqual([])
    })
  })

  it('hold the one row of the global entity under the empty key', async () => {
    const world = featureView('stays', {
      entity: entity('w', { joinKeys: {} }),
      source,
      features: { nights: t.int64() },
    })
    await withStays(
      guests(9),
      async (desk, view, { file }) => {
        const [block] = await built(desk, view, file, 1)
        const rows = parseBlock(block?.text ?? '', { view: 'stays@1', run: RUN, block: 0, blocks: 1 })
        expect(rows).toEqual([['', 991_353_608_000_000, '8']])
      },
      world,
    )
  })

  it('hold every number as it is, beside one that is not finite, null or text', async () => {
    const numbers = featureView('stays', {
      entity: entity('guest', { joinKeys: { id: t.int32() } }),
      source,
      features: { a: t.float32(), b: t.float64(), c: t.int64(), d: t.list(t.float64()) },
    })
    const values = `(1, '0.1', '0.1', '9007199254740993', ['0.1', 'inf', null]), (2, 'nan', '0.1', null, []),
      (3, '0.1', '-inf', '1', null), (4, null, null, '2', [null]), (5, '-0.0', '1e23', '3', ['-0.0']), (6, 'inf', null, '4', null)`
    const view = await registered(numbers)
    const [block] = await atDesk(async (desk) => {
      const snapshot = await desk.parquet(`select id::integer as id, timestamp '1970-01-01' as event_timestamp,
        a::float as a, b::double as b, c::bigint as c, d::double[] as d from (values ${values}) as t(id, a, b, c, d)`)
      return built(desk, view, snapshot, 1)
    })
    expect(parseBlock(block?.text ?? '', { view: 'stays@1', run: RUN, block: 0, blocks: 1 })).toEqual([
      ['1', 0, 0.1, 0.1, '9007199254740993', [0.1, 'Infinity', null]],
      ['2', 0, 'NaN', 0.1, null, []],
      ['3', 0, 0.1, '-Infinity', '1', null],
      ['4', 0, null, null, '2', [null]],
      ['5', 0, -0, 1e23, '3', [-0]],
      ['6', 0, 'Infinity', null, '4', null],
    ])
  })

  it('keep a feature apart from the key, whatever it is called', async () => {
    const key = featureView('stays', {
      entity: entity('guest', { joinKeys: { block: t.string() } }),
      source,
      features: { key: t.string(), row: t.int64() },
    })
    await withStays(
      `select 'guest' as block, 'feature' as key, 7::bigint as row, timestamp '1970-01-01' as day`,
      async (desk, view, { file }) => {
        const [block] = await built(desk, view, file, 1)
        const rows = parseBlock(block?.text ?? '', { view: 'stays@1', run: RUN, block: 0, blocks: 1 })
        expect(rows).toEqual([['guest', 0, 'feature', '7']])
      },
      key,
    )
  })
})

describe('the blocks of more rows than are gathered at once', () => {
  it('are the same bytes', async () => {
    await withStays(guests(5000), async (desk, view, { file }) => {
      const run = { run: RUN, file, kind: 'base' as const, blocks: 37, filters: 0 }
      const build = async (rows: number): Promise<readonly BuiltBlock[]> => {
        const all: BuiltBlock[] = []
        for await (const some of buildBlocks(desk.db, view, { ...run, rows }, tmpdir())) all.push(...some)
        return all
      }
      expect(await build(10_000_000)).toEqual(await build(5000)) // the number decides, not what comes
    })
  })
})

describe('the blocks of an overlay', () => {
  it('hold rows and tombstones by partition, and a filter that knows every key and few others', async () => {
    const count = 40_000
    const view = await registered(stays)
    await atDesk(async (desk) => {
      const file = await desk.parquet(
        `select name, room, day as event_timestamp, nights, note, share, i % 3 = 0 as _deleted from (${guests(count).replace('select', 'select i,')})`,
      )
      const filters = filterBlocks(count)
      expect(filters).toBe(2)
      const all: BuiltBlock[] = []
      const run = { run: RUN, file, kind: 'overlay' as const, rows: count, blocks: 37, filters }
      for await (const some of buildBlocks(desk.db, view, run, tmpdir())) all.push(...some)
      expect(all.map(({ block }) => block)).toEqual(Array.from({ length: 39 }, (_, block) => block))
      const read = ({ block, text }: BuiltBlock) => parseBlock(text, { view: 'stays@1', run: RUN, block, blocks: 37 })
      const bits = all.slice(37).map((block) => fromBase64(String(read(block)[0]?.[0])))
      let [rows, tombstones] = [0, 0]
      for (const block of all.slice(0, 37))
        for (const row of read(block)) {
          expect(partitionOf(row[0], 37)).toBe(block.block)
          expect(mayHave(bits[filterBlockOf(row[0], filters)] ?? new Uint8Array(1), row[0])).toBe(true)
          if (row.length === 1) tombstones++
          else rows++
        }
      expect([rows, tombstones]).toEqual([26_666, 13_334])
      const others = Array.from({ length: 20_000 }, (_, at) => `nobody|${at}`)
      const taken = others.filter((key) => mayHave(bits[filterBlockOf(key, filters)] ?? new Uint8Array(1), key))
      expect(taken.length / others.length).toBeLessThan(0.015)
    })
  })
})

describe('the number of blocks', () => {
  it.each([
    ['short rows, near 4 KB each', 20_000, "'n'"],
    ['rows of a hundred bytes, near 4 KB each', 10_000, "repeat('n', 50)"],
    ['empty rows, near 4 KB each', 10_000, 'null::varchar'],
  ])('gives %s', async (_what, count, note) => {
    await withStays(guests(count, note), async (desk, view, { file, rows }) => {
      const blocks = await countBlocks(desk, view, file, rows)
      const sizes = (await built(desk, view, file, blocks)).map(({ text }) => Buffer.byteLength(text))
      const mean = sizes.reduce((sum, size) => sum + size) / blocks
      expect(mean).toBeGreaterThan(3700)
      expect(mean).toBeLessThan(4500)
    })
  })

  it.each([
    ['wide rows, 16 each', 1600, "repeat('n', 2000)", 100],
    ['few rows, one block', 10, "'n'", 1],
  ])('gives %s', async (_what, count, note, blocks) => {
    await withStays(guests(count, note), async (desk, view, { file, rows }) => {
      expect(await countBlocks(desk, view, file, rows)).toBe(blocks)
    })
  })
})

describe('a key', () => {
  const longest = "repeat('x', 1022)"

  it('may be 1,024 bytes long', async () => {
    const select = guests(1).replace(/chr\(.*? as name/s, `${longest} as name`)
    await withStays(select, async (desk, view, { file, rows }) => {
      expect(await countBlocks(desk, view, file, rows)).toBe(1)
    })
  })

  it.each([
    [
      'longer',
      `${longest} || 'y'`,
      /^view stays: a key \(name, room\) is 1025 bytes long; at most 1024 are allowed: "xxx/,
    ],
    ['longer in bytes', "repeat('€', 341)", /is 1025 bytes long/],
    ['longer by its escapes', "repeat('|', 512)", /is 1026 bytes long/],
    ['with a NUL', "'a' || chr(0)", /^view stays: a key \(name, room\) has a NUL character: "a\\u0000\|0"/],
  ])('%s stops the run', async (_what, name, message) => {
    const select = guests(1).replace(/chr\(.*? as name/s, `${name} as name`)
    const counting = withStays(select, (desk, view, { file, rows }) => countBlocks(desk, view, file, rows))
    await expect(counting).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(message) })
  })
})
