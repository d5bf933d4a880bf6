/** The source objects of a view: listed and pinned by ETag, then copied to this machine as far as a run reads them. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ViewObject } from '../../registry/objects.ts'
import { type LocalCopy, localCopies } from '../lake/cache.ts'
import type { Lake, LakeObject } from '../lake/lake.ts'
import { aboutObjects } from '../lake/names.ts'
import { withoutQuarantined } from '../lake/quarantine.ts'
import { type LakeConfig, openSource, type Source } from '../lake/resolve.ts'
import { checkStillListed } from '../lake/still-listed.ts'
import type { Update } from '../progress.ts'
import type { SourceObjects } from '../pruning/prune.ts'
import { httpfsFiles, prepareHttpfs } from '../sources/httpfs.ts'
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
  /**
   * Runs what reads the files. Some are read where they are, in a folder or by `httpfs`: they must still be what was listed
   * once that is done.
   * @throws ShorelineError CONFLICT naming an object that was changed or removed, whatever came of reading it
   */
  readonly reading: <T>(db: DuckDBConnection, work: () => Promise<T>) => Promise<T>
}

/** @param read which of the listed objects; all when left out */
export async function fetchSources(
  work: { readonly folder: string; readonly lake: LakeConfig },
  view: ViewObject,
  { sources }: ListedSources,
  read: SourceObjects | undefined,
  update: Update,
): Promise<FetchedSources> {
  const { r2, reader } = work.lake
  const parquet = new Set(view.reads.filter(({ format }) => format === 'parquet').map(({ name }) => name))
  const inPlace: [Lake, readonly LakeObject[]][] = []
  let remote = false
  const files = new Map<string, readonly string[]>()
  const all: LakeObject[] = []
  const copied: LocalCopy[] = []
  for (const [name, { lake, objects: listed }] of sources) {
    const objects = read ? (read.get(name) ?? []) : listed
    all.push(...objects)
    if (lake.localPath) inPlace.push([lake, objects])
    else if (reader === 'httpfs' && parquet.has(name)) {
      inPlace.push([lake, objects])
      remote = true
      files.set(name, httpfsFiles(objects))
      continue
    }
    const copies = await localCopies(lake, objects, join(work.folder, 'cache'), (done) =>
      update(done.bytes, done.ofBytes, 'bytes'),
    )
    copied.push(...copies)
    files.set(
      name,
      copies.map((copy) => copy.path),
    )
  }
  return {
    files,
    objects: all,
    downloaded: copied.filter((copy) => copy.downloaded).length,
    async reading(db, reads) {
      if (remote && r2) await prepareHttpfs(db, r2)
      try {
        return await reads()
      } catch (thrown) {
        throw aboutObjects(thrown, copied)
      } finally {
        // Also when it failed: a file that is replaced while it is read looks damaged.
        for (const [lake, objects] of inPlace) await checkStillListed(lake, objects)
      }
    },
  }
}
