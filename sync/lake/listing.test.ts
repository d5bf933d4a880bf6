import { describe, expect, test } from 'vitest'
import { parseListing } from './listing.ts'

function page(contents: string, rest = '<IsTruncated>false</IsTruncated>'): string {
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${contents}${rest}</ListBucketResult>`
}

function contents(key: string, etag = '&quot;00e1&quot;', size = '12'): string {
  return `<Contents><Key>${key}</Key><Size>${size}</Size><ETag>${etag}</ETag></Contents>`
}

describe('a listing', () => {
  test('of one object is a list, and what looks like a number stays text', () => {
    expect(parseListing(page(contents('007')), 'r2://lake/')).toEqual({
      objects: [{ uri: 'r2://lake/007', key: '007', etag: '00e1', size: 12 }],
      continuation: null,
    })
    expect(parseListing(page(''), 'r2://lake/').objects).toEqual([])
  })

  test('decodes entities, also numeric ones and thousands of them', () => {
    const many = Array.from({ length: 1000 }, (_, n) => contents(`a &amp; b &lt;${n}&gt;`, '&#34;e&#x2d;1&#34;')).join(
      '',
    )
    const { objects } = parseListing(page(many), 'r2://lake/')
    expect(objects[999]).toMatchObject({ key: 'a & b <999>', etag: 'e-1' })
  })

  test('keeps spaces at the ends of a key', () => {
    expect(parseListing(page(contents(' a ')), 'r2://lake/').objects[0]?.key).toBe(' a ')
  })

  test('decodes percent-encoded keys, with either form of the space, only when it says so', () => {
    const url = '<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>'
    expect(parseListing(page(contents('a+b%20c%2Bd%25'), url), 'r2://lake/').objects[0]?.key).toBe('a b c+d%')
    expect(parseListing(page(contents('a+b%20c')), 'r2://lake/').objects[0]?.key).toBe('a+b%20c')
  })

  test('continues with a token', () => {
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>0012=</NextContinuationToken>'
    expect(parseListing(page('', more), 'r2://lake/').continuation).toBe('0012=')
  })

  test.each([
    ['a page of a proxy', '<html><body>Sign in</body></html>', 'ListBucketResult is missing'],
    ['no XML', 'ok', ''],
    ['half a document', page(contents('a')).slice(0, -30), ''],
    [
      'fewer objects than it counts',
      page(contents('a'), '<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>'),
      'KeyCount is 2',
    ],
    ['no word on more', page(contents('a'), ''), 'IsTruncated is missing'],
    ['more, but no token', page('', '<IsTruncated>true</IsTruncated>'), 'NextContinuationToken is missing'],
    ['an object without an ETag', page(contents('a', '')), 'ETag is missing'],
    ['an object without a size', page(contents('a', 'e', 'x')), 'Size of a is x'],
  ])('with %s is refused', (_, xml, why) => {
    expect(() => parseListing(xml, 'r2://lake/')).toThrow(why)
  })
})
