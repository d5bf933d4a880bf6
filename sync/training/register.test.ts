/** A set that is registered already keeps its files: the manifest names those, whatever the new ones are called. */
import { expect, it } from 'vitest'
import type { TrainingManifest } from '../../registry/training.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { register } from './register.ts'

it('names the files that are in the lake', async () => {
  const file = { part: null, rows: 1, bytes: 1, sha256: 'a'.repeat(64) }
  const kept = { ...file, file: 'first.parquet', key: '_shoreline/training/set/3/first.parquet' }
  const control = {
    startTrainingSet: async () => ({ name: 'set', version: 3, existing: true }),
    trainingSet: async () => ({ files: [kept] }),
  }
  const manifest = { name: 'set', version: null, files: [{ ...file, file: 'again.parquet', key: null }] }
  const { registered, existing } = await register(
    { control } as unknown as Workplace,
    manifest as unknown as TrainingManifest,
    'nowhere',
  )
  expect([existing, registered.version]).toEqual([true, 3])
  expect(registered.files).toEqual([{ ...file, file: 'again.parquet', key: kept.key }])
})
