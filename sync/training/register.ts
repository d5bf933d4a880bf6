/** Registers a training set: its version is asked for, its files go to the lake, and only then it is complete. */
import { join } from 'node:path'
import { trainingPrefix } from '../../core/storage.ts'
import type { TrainingManifest } from '../../registry/training.ts'
import { openLake } from '../lake/resolve.ts'
import type { Workplace } from '../materialize/materialize.ts'

/**
 * @param folder where its files are
 * @returns the manifest with the version; an existing one where the newest has the same content
 */
export async function register(
  work: Workplace,
  manifest: TrainingManifest,
  folder: string,
): Promise<{ readonly registered: TrainingManifest; readonly existing: boolean }> {
  const { name, version, existing } = await work.control.startTrainingSet(manifest)
  if (existing) return { registered: await asKept(work, manifest, `${name}@${version}`, version), existing }
  const prefix = trainingPrefix(name, version)
  const registered: TrainingManifest = {
    ...manifest,
    version,
    files: manifest.files.map((file) => ({ ...file, key: `${prefix}${file.file}` })),
  }
  const lake = openLake(work.bucket, work.lake)
  for (const { file, key } of registered.files) if (key !== null) await lake.put(key, { file: join(folder, file) })
  await lake.put(`${prefix}manifest.json`, new TextEncoder().encode(`${JSON.stringify(registered, null, 2)}\n`))
  await work.control.completeTrainingSet(name, version, registered)
  return { registered, existing }
}

/** The files lie in the lake under the names that they were first written with. */
async function asKept(
  { control }: Workplace,
  manifest: TrainingManifest,
  reference: string,
  version: number,
): Promise<TrainingManifest> {
  const { files: kept } = await control.trainingSet(reference)
  const keys = new Map(kept.map(({ part, key }) => [part, key]))
  return { ...manifest, version, files: manifest.files.map((file) => ({ ...file, key: keys.get(file.part) ?? null })) }
}
