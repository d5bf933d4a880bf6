/** The lake: immutable Parquet objects under string keys, in an R2 bucket (`r2-lake.ts`) or a folder (`folder-lake.ts`). */
import { ShorelineError } from '../../core/errors.ts'

export interface LakeObject {
  /** `r2://bucket/key` or `file:///folder/key`; plain text, never URL-encoded. */
  readonly uri: string
  /** Relative to the bucket or folder, parts separated by `/`. */
  readonly key: string
  /** Opaque, without quotes: the same key with the same ETag is the same content. */
  readonly etag: string
  /** Bytes. */
  readonly size: number
}

/** What to put: bytes in memory, or a file that is streamed. */
export type LakeContent = Uint8Array<ArrayBuffer> | { readonly file: string }

/**
 * Every operation throws a ShorelineError: UNAVAILABLE when the store failed in spite of retries, UNAUTHENTICATED when it
 * refused the credentials, UNKNOWN_NAME when there is no such bucket, INVALID for a key that cannot be addressed.
 */
export interface Lake {
  /** What keys are relative to, with the slash at its end: `r2://bucket/` or `file:///folder/`. */
  readonly uri: string
  /** All objects whose key begins with `prefix`, in the order of their keys. */
  list(prefix: string): Promise<readonly LakeObject[]>
  /** The object as it is now, or null. */
  head(key: string): Promise<LakeObject | null>
  /** The UTF-8 text of a small object, or null when there is none. */
  text(key: string): Promise<string | null>
  /**
   * Streams exactly the listed object into a file. When it throws, the file may hold a part of it: give it a temporary
   * name and remove that.
   * @throws ShorelineError CONFLICT when the object was changed or removed after it was listed
   */
  fetch(object: LakeObject, toFile: string): Promise<void>
  /**
   * Exactly the bytes from `start` up to `end`, not included, of the listed object.
   * @throws ShorelineError CONFLICT when the object was changed or removed after it was listed
   */
  range(object: LakeObject, start: number, end: number): Promise<Uint8Array<ArrayBuffer>>
  /** Creates or replaces an object, all or nothing. @throws ShorelineError TOO_LARGE beyond what one upload may hold */
  put(key: string, content: LakeContent): Promise<LakeObject>
  /** Removes an object; one that is not there is removed already. */
  remove(key: string): Promise<void>
  /**
   * Only in a lake whose objects are files of this machine: where the listed object is.
   * @throws ShorelineError CONFLICT when it was changed or removed after it was listed
   */
  localPath?(object: LakeObject): Promise<string>
}

/** R2's limit, UTF-8 bytes: https://developers.cloudflare.com/r2/platform/limits/ */
const MAX_LAKE_KEY_BYTES = 1024

/**
 * Refuses keys that a URL or a file path cannot carry unchanged: both read `.` and `..` as steps.
 * @throws ShorelineError INVALID
 */
export function checkLakeKey(lakeUri: string, key: string): void {
  const because =
    key === ''
      ? 'it is empty'
      : !key.isWellFormed() || key.includes('\0')
        ? 'it is not well-formed text'
        : Buffer.byteLength(key) > MAX_LAKE_KEY_BYTES
          ? `it is longer than ${MAX_LAKE_KEY_BYTES} bytes`
          : key.split('/').some((part) => part === '.' || part === '..')
            ? 'a part of it is "." or ".."'
            : null
  if (because) throw new ShorelineError('INVALID', `${lakeUri}${key} is no usable object key: ${because}`, { key })
}

/** Orders by key as R2 lists: by UTF-8 bytes, where JavaScript's own order is by UTF-16 units. */
export function byKey(a: LakeObject, b: LakeObject): number {
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))
}

/** The object is no longer what was listed; only a new listing mends it. */
export function changedSinceListed(object: LakeObject, what: 'changed' | 'removed', cause?: unknown): ShorelineError {
  return new ShorelineError(
    'CONFLICT',
    `${object.uri} was ${what} after it was listed (ETag ${object.etag}): run the command again to read the lake as it is now`,
    { key: object.key, etag: object.etag },
    cause,
  )
}
