/** What an import arrives at: definitions as they are written down next. */
import type { ValueType } from '../../../core/types.ts'
import type { Duration } from '../../../registry/definitions/options.ts'
import type { Renamed, WorkLeft } from './report.ts'

export interface Said {
  readonly description?: string
  readonly owner?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface NewEntity extends Said {
  readonly name: string
  readonly joinKeys: readonly { readonly name: string; readonly type: ValueType }[]
}

export interface NewSource extends Said {
  readonly name: string
  readonly path: string
  readonly timestamp: string
  readonly created?: string
  readonly columns: Readonly<Record<string, string>>
  /** The path is not a path yet; where the data is now. */
  readonly fillIn?: string
}

export interface NewFeature {
  readonly name: string
  readonly type: ValueType
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
}

export interface NewView extends Said {
  readonly name: string
  readonly entity: string
  readonly source: string
  readonly ttl?: Duration
  readonly features: readonly NewFeature[]
  /** Features without a counterpart, as the file's comments name them. */
  readonly leftOut: readonly string[]
}

export interface NewInput {
  readonly view: string
  /** Where it is not the view itself: the role, and the join keys that have another name in the request. */
  readonly as?: { readonly role: string; readonly keys: Readonly<Record<string, string>> }
  readonly pick?: readonly string[]
  readonly rename?: Readonly<Record<string, string>>
}

export interface NewService extends Said {
  readonly name: string
  readonly inputs: readonly NewInput[]
}

export interface Converted {
  readonly project: string
  readonly entities: readonly NewEntity[]
  readonly sources: readonly NewSource[]
  readonly views: readonly NewView[]
  readonly services: readonly NewService[]
  readonly renamed: readonly Renamed[]
  readonly workLeft: readonly WorkLeft[]
}

/** Blank texts and empty tags are as good as none, and ours refuse them. */
export function saidOf(feast: Required<Said>): Said {
  return {
    ...(feast.description.trim() !== '' && { description: feast.description }),
    ...(feast.owner.trim() !== '' && { owner: feast.owner }),
    ...(Object.keys(feast.tags).length > 0 && { tags: sorted(feast.tags) }),
  }
}

/** Maps have no order in protobuf: by key, so that each import of a registry writes the same. */
export function sorted<T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))
}
