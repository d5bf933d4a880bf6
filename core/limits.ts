/** Every limit in one place: ours with its reason, the platform's with its source. */

// ---- requests (docs/http.md)
export const MAX_ROWS = 1000
/** Rows times views of one request: bounds the keys read and the answer's size. */
export const MAX_ROWS_TIMES_VIEWS = 5000
/** A request of 1,000 rows with keys of 1,024 bytes stays below it. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024

// ---- keys
/** UTF-8 bytes of a canonical key string. */
export const MAX_KEY_BYTES = 1024

// ---- blocks
/** Default block size: a bulk get bills per operation, V8 parses 4 KB in 9 us, and a cold block rides one KV read. */
export const BLOCK_BYTES = 4096
/** Wide rows: at least this many rows a block, so that the write price per entity stays low. */
export const BLOCK_ROWS = 16

// ---- Workers KV, https://developers.cloudflare.com/kv/platform/limits/
/** Keys per bulk get; billed as one operation. */
export const KV_BULK_GET_KEYS = 100
/** KV operations per Worker invocation. */
export const KV_OPERATIONS_PER_INVOCATION = 1000
/** Smallest `cacheTtl` (seconds): the fastest a location can notice a change of a key it has read. */
export const KV_MIN_CACHE_TTL_S = 30
/** What is immutable may be cached for as long as KV allows. */
export const KV_IMMUTABLE_CACHE_TTL_S = 365 * 24 * 3600
/** One write a second to the same key. */
export const KV_WRITE_INTERVAL_MS = 1000

// ---- head
/** An isolate refreshes its head in the background when it is older. */
export const HEAD_REFRESH_MS = 30_000
/** A head older than this is re-read before answering. */
export const HEAD_STALE_MS = 90_000
/**
 * A put of `head` whose writer died, or that failed, may land until then after it was announced, over a newer one. Ours:
 * KV states no bound, and a Worker's connection does not outlive it by a minute.
 */
export const HEAD_PUT_LANDS_WITHIN_MS = 60_000
/** A commit in D1 that was announced lands by then or never; D1 itself stops a query after 30 s. */
export const COMMIT_LANDS_WITHIN_MS = 60_000
/** How many earlier revisions the fallback tries when a block is missing. */
export const FALLBACK_REVISIONS = 8

// ---- isolate memory: 128 MB for everything, https://developers.cloudflare.com/workers/platform/limits/#memory
/** Text bytes of the parsed blocks kept in an isolate; parsed they weigh about four times as much. */
export const BLOCK_CACHE_BYTES = 12 * 1024 * 1024
/** On a new head, the replacements of hot blocks are fetched first, within these bounds. */
export const PREFETCH_BLOCKS = 200
export const PREFETCH_MS = 2000

// ---- uploading blocks
/** Blocks per upload request: each is one KV write of the invocation's thousand. */
export const UPLOAD_BLOCKS = 500
/** Bytes per upload request: the isolate holds the body and its parsed rows. */
export const UPLOAD_BYTES = 4 * 1024 * 1024
