/**
 * What one isolate has counted since it last handed it over. Counting is adding to a field: nothing is allocated and nothing
 * is looked up by a name that callers choose, so the numbers of series are those of doors, statuses, views and push sources.
 */
import { BUCKETS_MS, type Cell, cellKey, OTHER, SUM } from './definitions.ts'
import type { Door } from './doors.ts'
import { StatusTally } from './tally.ts'

/** Views, and sources, that an isolate counts by name; a registry with more of them counts the rest together. */
const MAX_NAMED = 1000

export class DoorCounter {
  #ok = 0
  readonly #others = new Map<number, number>()
  readonly #buckets: number[] = Array.from({ length: BUCKETS_MS.length + 1 }, () => 0)
  #milliseconds = 0

  answered(status: number, milliseconds: number): void {
    if (status === 200) this.#ok++
    else this.#others.set(status, (this.#others.get(status) ?? 0) + 1)
    let bucket = 0
    while (bucket < BUCKETS_MS.length && milliseconds > (BUCKETS_MS[bucket] ?? 0)) bucket++
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#milliseconds += milliseconds
  }

  take(door: Door, into: Cell[]): void {
    put(into, cellKey('shoreline_requests_total', door, 200), this.#ok)
    for (const [status, count] of this.#others) put(into, cellKey('shoreline_requests_total', door, status), count)
    for (const [bucket, count] of this.#buckets.entries())
      put(into, cellKey('shoreline_request_seconds', door, bucket), count)
    put(into, cellKey('shoreline_request_seconds', door, SUM), this.#milliseconds)
    this.#ok = 0
    this.#others.clear()
    this.#buckets.fill(0)
    this.#milliseconds = 0
  }
}

interface PushCounter {
  pushes: number
  rows: number
  superseded: number
}

export class Counters {
  unavailable = 0
  degraded = 0
  cacheHits = 0
  cacheMisses = 0
  kvKeys = 0
  d1Reads = 0
  kvRetries = 0
  d1Retries = 0
  readonly #doors = new Map<Door, DoorCounter>()
  readonly #views = new Map<string, StatusTally>()
  readonly #sources = new Map<string, PushCounter>()

  door(door: Door): DoorCounter {
    const known = this.#doors.get(door) ?? new DoorCounter()
    this.#doors.set(door, known)
    return known
  }

  /** A whole request. @param milliseconds from its beginning to its answer */
  answered(door: Door, status: number, milliseconds: number): void {
    if (status === 503) this.unavailable++
    this.door(door).answered(status, milliseconds)
  }

  /** @param view `view@version`, one that is registered. The same object each time: keep it, and add to it */
  view(view: string): StatusTally {
    return named(this.#views, view, () => new StatusTally())
  }

  /** @param source one that is registered */
  pushed(source: string, rows: number, superseded: number): void {
    const counter = named(this.#sources, source, () => ({ pushes: 0, rows: 0, superseded: 0 }))
    counter.pushes++
    counter.rows += rows
    counter.superseded += superseded
  }

  /** What is not zero, which then is. */
  take(): readonly Cell[] {
    const cells: Cell[] = []
    for (const [door, counter] of this.#doors) counter.take(door, cells)
    for (const [view, tally] of this.#views) {
      const { present, nulls, notFound, outside, invalid } = tally
      put(cells, cellKey('shoreline_feature_statuses_total', view, 'PRESENT'), present)
      put(cells, cellKey('shoreline_feature_statuses_total', view, 'NULL_VALUE'), nulls)
      put(cells, cellKey('shoreline_feature_statuses_total', view, 'NOT_FOUND'), notFound)
      put(cells, cellKey('shoreline_feature_statuses_total', view, 'OUTSIDE_MAX_AGE'), outside)
      put(cells, cellKey('shoreline_feature_statuses_total', view, 'INVALID'), invalid)
      tally.reset()
    }
    for (const [source, { pushes, rows, superseded }] of this.#sources) {
      put(cells, cellKey('shoreline_pushes_total', source), pushes)
      put(cells, cellKey('shoreline_pushed_rows_total', source), rows)
      put(cells, cellKey('shoreline_superseded_rows_total', source), superseded)
    }
    this.#sources.clear()
    put(cells, cellKey('shoreline_unavailable_total'), this.unavailable)
    put(cells, cellKey('shoreline_degraded_total'), this.degraded)
    put(cells, cellKey('shoreline_block_cache_hits_total'), this.cacheHits)
    put(cells, cellKey('shoreline_block_cache_misses_total'), this.cacheMisses)
    put(cells, cellKey('shoreline_kv_keys_read_total'), this.kvKeys)
    put(cells, cellKey('shoreline_d1_reads_total'), this.d1Reads)
    put(cells, cellKey('shoreline_store_retries_total', 'kv'), this.kvRetries)
    put(cells, cellKey('shoreline_store_retries_total', 'd1'), this.d1Retries)
    this.unavailable = this.degraded = this.cacheHits = this.cacheMisses = 0
    this.kvKeys = this.d1Reads = this.kvRetries = this.d1Retries = 0
    return cells
  }
}

function put(into: Cell[], key: string, value: number): void {
  if (value !== 0) into.push([key, value])
}

function named<T>(counters: Map<string, T>, name: string, make: () => T): T {
  const known = counters.get(name)
  if (known !== undefined) return known
  if (counters.size >= MAX_NAMED && name !== OTHER) return named(counters, OTHER, make)
  const made = make()
  counters.set(name, made)
  return made
}
