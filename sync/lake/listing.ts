/** The answer of ListObjectsV2, read strictly: a listing that lost a line would silently lose rows. */
import { XMLParser } from 'fast-xml-parser'
import type { LakeObject } from './lake.ts'

export interface ListingPage {
  readonly objects: readonly LakeObject[]
  /** Where the next page begins, or null after the last. */
  readonly continuation: string | null
}

const parser = new XMLParser({
  // A key, an ETag or a token like 0012 or 1e5 is text, whatever it looks like, and may begin with a space.
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: true,
  // An ETag's quotes come as &quot; from some servers and as &#34; from others; the parser decodes the second only so.
  htmlEntities: true,
  isArray: (name) => name === 'Contents',
})

/**
 * @param lakeUri `r2://bucket/`
 * @throws Error when the text is anything but a whole listing
 */
export function parseListing(xml: string, lakeUri: string): ListingPage {
  // `true` validates first: the parser itself accepts a document that ends in the middle.
  const root = record(record(parser.parse(xml, true), 'document')['ListBucketResult'], 'ListBucketResult')
  const contents = root['Contents'] ?? []
  if (!Array.isArray(contents)) throw new Error('Contents is no list')
  const count = root['KeyCount']
  if (count !== undefined && Number(count) !== contents.length)
    throw new Error(`KeyCount is ${String(count)}, but ${contents.length} objects are listed`)
  const decode = root['EncodingType'] === 'url' ? decodeUrl : (text: string) => text
  const objects = contents.map((each: unknown) => listedObject(record(each, 'Contents'), decode, lakeUri))
  const truncated = root['IsTruncated']
  if (truncated === 'false') return { objects, continuation: null }
  if (truncated !== 'true') throw new Error('IsTruncated is missing')
  return { objects, continuation: text(root['NextContinuationToken'], 'NextContinuationToken') }
}

function listedObject(
  fields: Readonly<Record<string, unknown>>,
  decode: (text: string) => string,
  lakeUri: string,
): LakeObject {
  const key = decode(text(fields['Key'], 'Key'))
  const size = text(fields['Size'], 'Size')
  if (!/^\d+$/.test(size)) throw new Error(`Size of ${key} is ${size}`)
  return { uri: `${lakeUri}${key}`, key, etag: bareEtag(text(fields['ETag'], 'ETag')), size: Number(size) }
}

/** The ETag without its quotes. */
export function bareEtag(header: string): string {
  return header.replace(/^"(.*)"$/, '$1')
}

/** S3 writes a space as `+` where others write %20; a plus is %2B in both. */
function decodeUrl(value: string): string {
  return decodeURIComponent(value.replaceAll('+', '%20'))
}

function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is missing`)
  return value as Readonly<Record<string, unknown>>
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`)
  return value
}
