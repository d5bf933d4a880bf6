/** The source objects of a view: listed and pinned by ETag, then copied to this machine as far as a run reads them. */
import { join } from 'node:path'
import type { ViewObject } from '../../registry/objects.ts'
import { localCopies } from '../lake/cache.ts'
import type { LakeObject } from '../lake/lake.ts'
import { withoutQuarantined } from '../lake/quarantine.ts'
import { type LakeConfig, openSource, type Source } from '../lake/resolve.ts'
import type { Update } from '../progress.ts'
import type { SourceObjects } from '../pruning/prune.ts'
import type { SourceFiles } from './compute.ts'

export interface ListedSources {
  readonly sources: ReadonlyMap<string, Source>
  readonly objects: readonly LakeObject[]
  /** In quarantine: nobody reads them until they are released or replaced. */
  readonly leftOut: readonly LakeObject[]
}

/**
 * @param quarantined object versions that are left out
 * @throws ShorelineError INVALID when a source matches nothing; what listing throws
 */
export async function listSources(
  work: { readonly lake: LakeConfig },
  view: ViewObject,
  quarantined: readonly { readonly uri: string; readonly etag: string }[],
): Promise<ListedSources> {
  const sources = new Map<string, Source>()
  const objects: LakeObject[] = []
  const leftOut: LakeObject[] = []
  for (const source of view.reads) {
    const found = await openSource(source.path, work.lake)
    const kept = withoutQuarantined(found.objects, quarantined)
    sources.set(source.name, { lake: found.lake, objects: kept.objects })
    objects.push(...kept.objects)
    leftOut.push(...kept.leftOut)
  }
  return { sources, objects, leftOut }
}

export interface FetchedSources {
  readonly files: SourceFiles
  readonly objects: readonly LakeObject[]
  readonly downloaded: number
}

/** @param read which of the listed objects; all when left out */
export async function fetchSources(
  work: { readonly folder: string },
  { sources }: ListedSources,
  read: SourceObjects | undefined,
  update: Update,
): Promise<FetchedSources> {
  const files = new Map<string, readonly string[]>()
  const all: LakeObject[] = []
  let downloaded = 0
  for (const [name, { lake, objects: listed }] of sources) {
    const objects = read ? (read.get(name) ?? []) : listed
    const copies = await localCopies(lake, objects, join(work.folder, 'cache'), (done) =>
      update(done.bytes, done.ofBytes),
    )
    all.push(...objects)
    downloaded += copies.filter((copy) => copy.downloaded).length
    const paths = copies.map((copy) => copy.path)
    files.set(name, paths)
  }
  return { files, objects: all, downloaded }
}
