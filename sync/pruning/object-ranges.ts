/** The time ranges of a source's objects, without fetching them: only the tails of Parquet objects, and each only once. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parquetMetadataAsync } from 'hyparquet'
import { ShorelineError } from '../../core/errors.ts'
import type { LakeSourceObject } from '../../registry/objects.ts'
import { explainDisk } from '../lake/disk.ts'
import type { Lake, LakeObject } from '../lake/lake.ts'
import { parallel } from '../lake/parallel.ts'
import { ALWAYS, footerRange, hiveRange, STORED, type TimeRange } from './ranges.ts'

/** Most footers fit, and one that does not takes a second request. */
const FOOTER_BYTES = 64 * 1024
/** Requests side by side: they are small, and a lake of a thousand objects has a thousand. */
const PARALLEL_FOOTERS = 32

/** Beside the copies of the objects; no bucket's name begins with a dot. */
export const RANGES_FOLDER = '.ranges'

/**
 * @param column the source's column that holds the times
 * @param cache folder of the local copies, `.shoreline/cache`, where the ranges are kept too
 * @returns by the objects' URIs; `ALWAYS` where nothing is known
 * @throws ShorelineError CONFLICT when an object changed after it was listed, UNAVAILABLE when the store fails
 */
export async function objectRanges(
  lake: Lake,
  { format }: Pick<LakeSourceObject, 'format'>,
  column: string,
  objects: readonly LakeObject[],
  cache: string,
): Promise<ReadonlyMap<string, TimeRange>> {
  const ranges = new Map<string, TimeRange>()
  const inFooters: LakeObject[] = []
  for (const object of objects) {
    const partition = hiveRange(object.key, column)
    if (partition) ranges.set(object.uri, partition)
    else if (format === 'parquet') inFooters.push(object)
    else ranges.set(object.uri, ALWAYS)
  }
  if (inFooters.length === 0) return ranges
  const file = join(cache, RANGES_FOLDER, `${md5(`${lake.uri} ${column}`)}.json`)
  const known = await readKnown(file)
  const found = await parallel(inFooters, PARALLEL_FOOTERS, async (object) => {
    const kept = known[object.uri]
    if (kept?.[0] === object.etag) return { from: Number(kept[1]), to: Number(kept[2]) }
    return inFooter(lake, object, column)
  })
  const kept: Known = {}
  for (const [index, { uri, etag }] of inFooters.entries()) {
    const range = found[index] ?? ALWAYS
    ranges.set(uri, range)
    kept[uri] = [etag, String(range.from), String(range.to)]
  }
  await writeKnown(file, kept)
  return ranges
}

/** What is no Parquet says so when it is read; here only nothing is known of it. */
async function inFooter(lake: Lake, object: LakeObject, column: string): Promise<TimeRange> {
  const slice = async (start: number, end: number = object.size): Promise<ArrayBuffer> => {
    const bytes = await lake.range(object, start, end)
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  }
  try {
    const options = { ...STORED, initialFetchSize: FOOTER_BYTES }
    return footerRange(await parquetMetadataAsync({ byteLength: object.size, slice }, options), column) ?? ALWAYS
  } catch (thrown) {
    if (thrown instanceof ShorelineError) throw thrown
    return ALWAYS
  }
}

/** URI -> ETag and both ends; text, because JSON has no infinity. */
type Known = Record<string, readonly [etag: string, from: string, to: string]>

/** What cannot be read is found out again. */
async function readKnown(file: string): Promise<Readonly<Known>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Known
  } catch {
    return {}
  }
}

/** Only what is listed now, so that it does not grow. */
async function writeKnown(file: string, known: Known): Promise<void> {
  const partial = `${file}.${randomUUID()}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(partial, JSON.stringify(known))
    await rename(partial, file)
  } catch (thrown) {
    throw explainDisk(thrown, file)
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
