/** Manifests of training sets, as a sync sends them. */
import { trainingPrefix } from '../../core/storage.ts'
import type { TrainingManifest } from '../../registry/training.ts'
import { STARTED_EXAMPLE } from '../../worker/openapi/training-example.ts'

/** @param content another digit is another content */
export function manifestOf(name: string, content = '0', more: Partial<TrainingManifest> = {}): TrainingManifest {
  return { ...STARTED_EXAMPLE, name, hash: content.repeat(64).slice(0, 64), ...more }
}

/** With its version, and the keys of its files. */
export function placed(manifest: TrainingManifest, version: number): TrainingManifest {
  const prefix = trainingPrefix(manifest.name, version)
  return { ...manifest, version, files: manifest.files.map((one) => ({ ...one, key: `${prefix}${one.file}` })) }
}
