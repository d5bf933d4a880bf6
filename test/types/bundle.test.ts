/** What a browser downloads for the client: nothing of the definitions, and little of anything else. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

const LIMIT_BYTES = 5 * 1024

const PAGE = `
  import { createClient } from '../../client/index.ts'
  import type * as features from './features.ts'

  const client = createClient<typeof features>({ url: 'https://features.example.com' })
  const { row } = await client.get('flight_delay', { origin: 'SFO', destination: 'JFK' })
  document.title = String(row.avg_delay_7d)
`

let bundle = ''
let inputs: string[] = []

beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: PAGE, loader: 'ts', resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    write: false,
    metafile: true,
  })
  bundle = outputFiles[0]?.text ?? ''
  inputs = Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  )
})

describe('the bundle of a page with the client', () => {
  it.each([
    ['SQL', /select|group by/],
    ['a path', /r2:\/\/|file:\/\/|parquet/],
    ['an owner', /flight-data@|delays@example/],
    ['a description', /How late|Mean arrival|IATA/],
    ['a tag', /punctuality/],
    ['a name of a view', /airport_delays|route_facts/],
    ['zod', /zod/i],
  ])('holds no %s', (_what, text) => {
    expect(bundle).toContain('flight_delay')
    expect(bundle).not.toMatch(text)
  })

  it('is made of the client and core only', () => {
    expect(inputs.filter((path) => !/^(client|core)\/|^<stdin>$/.test(path))).toEqual([])
  })

  it(`is smaller than ${LIMIT_BYTES} bytes, gzipped`, () => {
    const size = gzipSync(bundle).length
    console.log(`client bundle: ${bundle.length} bytes, ${size} gzipped`)
    expect(size).toBeLessThan(LIMIT_BYTES)
  })
})
