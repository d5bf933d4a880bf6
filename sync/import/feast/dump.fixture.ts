/** Small dumps for tests: a driver with one view, and what a test puts in its place. */

import { type ImportOptions, importFeast } from './import.ts'
import type { Converted } from './model.ts'

type Part = Readonly<Record<string, unknown>>

export const entityOf = (name: string, spec: Part = {}) => ({
  spec: { name, joinKey: `${name}_id`, valueType: 'INT64', ...spec },
})

export const fileSource = (name: string, uri: string, rest: Part = {}) => ({
  name,
  type: 'BATCH_FILE',
  timestampField: 'at',
  fileOptions: { uri },
  ...rest,
})

export const viewOf = (name: string, spec: Part = {}) => ({
  spec: {
    name,
    entities: ['driver'],
    features: [{ name: 'trips', valueType: 'INT64' }],
    batchSource: fileSource('stats', '/data/stats.parquet'),
    online: true,
    ...spec,
  },
})

export const featureOf = (name: string, valueType = 'INT64', rest: Part = {}) => ({ name, valueType, ...rest })

export const dumpOf = (parts: Part = {}) => ({
  project: 'p',
  entities: [entityOf('driver')],
  featureViews: [viewOf('stats')],
  ...parts,
})

export function importDump(dump: Part, options: ImportOptions = {}): Converted & { readonly text: string } {
  const { text, converted } = importFeast('registry.json', new TextEncoder().encode(JSON.stringify(dump)), options)
  return { ...converted, text }
}

export function workOf({ workLeft }: Converted, object: string): readonly string[] {
  return workLeft.filter((work) => work.object === object).map((work) => work.what)
}
