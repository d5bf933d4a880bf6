/** What D1 says of a registered training set: its manifest without the lists of objects, which may be long and are in the lake. */
import { trainingPrefix } from '../core/storage.ts'
import { contentHash } from './hash.ts'
import type { SourceVersion, TrainingManifest, TrainingSpine, TrainingSplit } from './training.ts'

export interface TrainingSetSummary {
  readonly name: string
  readonly version: number
  /** `service@version`; null for a list of features. */
  readonly service: string | null
  readonly rows: number
  /** How many. */
  readonly features: number
  readonly split: TrainingSplit | null
  /** Of the content. */
  readonly hash: string
  /** RFC 3339 */
  readonly created_at: string
}

export interface ObjectCount {
  readonly objects: number
  readonly bytes: number
}

export type DescribedSpine =
  | ({ readonly kind: 'files'; readonly path: string } & ObjectCount)
  | Exclude<TrainingSpine, { kind: 'files' }>

export type TrainingSetDescription = Omit<TrainingManifest, 'version' | 'spine' | 'sources' | 'quarantined'> & {
  readonly version: number
  readonly spine: DescribedSpine & Pick<TrainingManifest['spine'], 'rows' | 'hash'>
  /** By the name of the source. */
  readonly sources: Readonly<Record<string, ObjectCount>>
  /** Objects in quarantine, which were left out. */
  readonly quarantined: number
  /** The key of the whole manifest in the lake bucket. */
  readonly manifest: string
}

/** A manifest of a version. */
export type VersionedManifest = TrainingManifest & { readonly version: number }

export function describeTraining(manifest: VersionedManifest): TrainingSetDescription {
  const { name, version, spine, sources, quarantined } = manifest
  return {
    ...manifest,
    spine: describeSpine(spine),
    sources: Object.fromEntries(Object.entries(sources).map(([source, objects]) => [source, countOf(objects)])),
    quarantined: quarantined.length,
    manifest: `${trainingPrefix(name, version)}manifest.json`,
  }
}

/**
 * The hash of what makes it another set than the version before: the content and what it means. `as_of` is no part of it: where
 * the content is the same, it has left out the same.
 */
export function trainingIdentity(manifest: TrainingManifest): Promise<string> {
  const { hash, service, features, options, spine } = manifest
  const { as_of: _, ...meaning } = options
  return contentHash({ hash, service, features, options: meaning, spine: spine.hash })
}

function describeSpine(spine: TrainingManifest['spine']): TrainingSetDescription['spine'] {
  if (spine.kind !== 'files') return spine
  const { objects, ...rest } = spine
  return { ...rest, ...countOf(objects) }
}

function countOf(objects: readonly SourceVersion[]): ObjectCount {
  return { objects: objects.length, bytes: objects.reduce((sum, { size }) => sum + size, 0) }
}
