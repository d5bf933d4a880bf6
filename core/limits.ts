/** Every limit in one place: ours with its reason, the platform's with its source. */

// ---- requests (docs/http.md)
export const MAX_ROWS = 1000
/** Rows times views of one request: bounds the keys read and the answer's size. */
export const MAX_ROWS_TIMES_VIEWS = 5000
/** Features that a request may name one by one. */
export const MAX_FEATURES = 500
/** Plans made of such lists that an isolate keeps: an application asks for the same few again and again. */
export const FEATURE_LISTS_IN_MEMORY = 100
/** A request of 1,000 rows with keys of 1,024 bytes stays below it. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024
/** Levels of lists and objects in a body: a tenth of what a stack holds where values are walked. */
export const MAX_JSON_DEPTH = 500

// ---- pushes
export const MAX_PUSH_BYTES = 1024 * 1024

// ---- keys
/** UTF-8 bytes of a canonical key string. */
export const MAX_KEY_BYTES = 1024

// ---- blocks
/** Default block size: a bulk get bills per operation, V8 parses 4 KB in 9 us, and a cold block rides one KV read. */
export const BLOCK_BYTES = 4096
/** Of a base that is written often: a quarter of the writes, and 36 us to parse. */
export const BASE_BLOCK_BYTES = 4 * BLOCK_BYTES
/** Of an overlay, which few keys are looked up in: a filter says which. */
export const OVERLAY_BLOCK_BYTES = 16 * BLOCK_BYTES
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

// ---- D1, https://developers.cloudflare.com/d1/platform/limits/
/** Blocks that one statement reads: about 2 MB of text. */
export const D1_BLOCKS_PER_STATEMENT = 500

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

// ---- API keys and browser tokens (docs/keys.md)
/** A key is accepted for so long after D1 was asked about it: the bound within which a revoked key stops. */
export const KEY_TRUSTED_MS = 30_000
/** A key in use is asked about again in the background from then on. */
export const KEY_ASK_AGAIN_MS = 15_000
/** Keys that an isolate remembers, and as many ids that are none: some hundred bytes each. */
export const KEYS_IN_MEMORY = 1000
/** Browser tokens that an isolate remembers: of the longest, some 50 KB each with what they name. */
export const TOKENS_IN_MEMORY = 300
/** A browser token cannot be taken back, but for the key that issued it: it is short. */
export const MAX_TOKEN_MS = 15 * 60_000
/** Of a browser token: servers and proxies take headers of 8 KB. */
export const MAX_TOKEN_LENGTH = 6000

// ---- the lake through the Worker
/** Of one source: each page of a listing is a thousand, and a page that makes a training set reads them all. */
export const MAX_LAKE_OBJECTS = 2000

// ---- training sets
/** Of a manifest: it names every object that was read, some 50,000. The isolate holds the text and what it says. */
export const MAX_TRAINING_MANIFEST_BYTES = 8 * 1024 * 1024
/** Of what D1 keeps of it in one row, which holds 2 MB: some hundreds of features with their statistics. */
export const MAX_TRAINING_DESCRIPTION_BYTES = 1_900_000

// ---- reclaiming (docs/history.md)
/** Newest snapshots of a view that stay, whatever their age. */
export const KEPT_SNAPSHOTS = 3
/** What was online since then stays; the `retention` of a view says otherwise for it. */
export const RETENTION = '7d'
/** From the mark to the deletion: a pinned request may still be answered by an isolate whose head is a few minutes old. */
export const MARKED_FOR_MS = 3_600_000
/** KV operations of one call of gc: the rest of the invocation's thousand is room for what it reads. */
export const RECLAIM_KV_OPERATIONS = 900
/** Runs of one call: each is a few statements in D1 and a listing in R2. */
export const RECLAIM_RUNS = 100
/** Blocks that one statement deletes from D1: some 8 MB. */
export const RECLAIM_D1_BLOCKS = 2000
