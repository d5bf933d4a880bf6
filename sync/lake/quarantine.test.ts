import { expect, it } from 'vitest'
import { withoutQuarantined } from './quarantine.ts'

const objects = ['a', 'b', 'c'].map((name) => ({ uri: `r2://lake/${name}`, etag: `1 of ${name}`, size: 7 }))

it('leaves out exactly the versions that are in quarantine, and keeps the order', () => {
  const quarantined = [
    { uri: 'r2://lake/b', etag: '0 of b' },
    { uri: 'r2://lake/b', etag: '1 of b' },
    { uri: 'r2://lake/z', etag: '1 of z' },
  ]
  const { objects: kept, leftOut } = withoutQuarantined(objects, quarantined)
  expect(kept.map(({ uri }) => uri)).toEqual(['r2://lake/a', 'r2://lake/c'])
  expect(leftOut).toEqual([objects[1]])
})

it('lets an object in again once it has been replaced', () => {
  const quarantined = [{ uri: 'r2://lake/b', etag: '0 of b' }]
  expect(withoutQuarantined(objects, quarantined)).toEqual({ objects, leftOut: [] })
})

it('tells objects apart whose address and ETag are the same text when put together', () => {
  const object = { uri: 'r2://lake/a', etag: 'b c' }
  expect(withoutQuarantined([object], [{ uri: 'r2://lake/a b', etag: 'c' }]).leftOut).toEqual([])
})
