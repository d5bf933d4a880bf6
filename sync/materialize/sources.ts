/** The source objects of a view, listed, pinned by ETag and copied to this machine. */
import { join } from 'node:path'
import type { ViewObject } from '../../registry/objects.ts'
import { localCopies } from '../lake/cache.ts'
import type { LakeObject } from '../lake/lake.ts'
import { type LakeConfig, openSource } from '../lake/resolve.ts'
import type { Update } from '../progress.ts'
import type { SourceFiles } from './compute.ts'

export interface ReadSources {
  readonly objects: readonly LakeObject[]
  readonly files: SourceFiles
  readonly downloaded: number
}

/** @throws ShorelineError INVALID when a source matches nothing; what listing and downloading throw */
export async function readSources(
  work: { readonly lake: LakeConfig; readonly folder: string },
  view: ViewObject,
  update: Update,
): Promise<ReadSources> {
  const objects: LakeObject[] = []
  const files = new Map<string, readonly string[]>()
  let downloaded = 0
  for (const source of view.reads) {
    const found = await openSource(source.path, work.lake)
    const copies = await localCopies(found.lake, found.objects, join(work.folder, 'cache'), (done) =>
      update(done.bytes, done.ofBytes),
    )
    objects.push(...found.objects)
    downloaded += copies.filter((copy) => copy.downloaded).length
    files.set(
      source.name,
      copies.map((copy) => copy.path),
    )
  }
  return { objects, files, downloaded }
}
