/** One row that stays up to date, for everything that knows events: https://dom.spec.whatwg.org/#interface-eventtarget */
import type { AnsweredRow } from './answer.ts'
import type { Meta } from './meta.ts'
import type { Runtime } from './runtime.ts'
import type { Feed, Get, Subscribe } from './subscribe.ts'
import type { RequestOptions } from './types.ts'

export interface WatchOptions extends Pick<RequestOptions, 'maxAge' | 'compute' | 'statuses'> {
  /** Milliseconds between looks at the head; 30,000 without it. Of several, the shortest counts. */
  readonly every?: number
}

export interface Watched<R> {
  readonly row: R
  readonly meta: Meta
}

interface WatchEvents<R> {
  /** Other values, statuses or another revision than before. */
  features: CustomEvent<Watched<R>>
  /** They could not be asked for: `detail` is what `get` throws. It goes on trying. */
  error: CustomEvent<unknown>
  /** The values are past their ttl: `current` is null until newer ones come. */
  expired: Event
}

export interface FeatureWatch<R> extends EventTarget {
  /** Null before the first answer, and from when a value is past its ttl until the next. */
  readonly current: Watched<R> | null
  /** Asks now. */
  refresh(): Promise<void>
  /** No events from now on. */
  close(): void
  addEventListener<T extends keyof WatchEvents<R>>(
    type: T,
    listener: (event: WatchEvents<R>[T]) => void,
    options?: { readonly once?: boolean; readonly signal?: AbortSignal },
  ): void
  addEventListener(...parameters: Parameters<EventTarget['addEventListener']>): void
}

export type Watching = (
  service: string,
  row: Readonly<Record<string, unknown>>,
  options?: WatchOptions,
) => FeatureWatch<AnsweredRow>

/** What it takes is loaded when something is watched. */
export function watcher(get: Get, runtime: Runtime): Watching {
  let loading: Promise<Subscribe> | undefined
  return (service, row, options = {}) => {
    const target = new EventTarget()
    let feed: Feed | undefined
    let closed = false
    loading ??= import('./subscribe.ts').then(({ subscriber }) => subscriber(get, runtime))
    const ready = loading.then(
      (subscribe) => {
        // One that is closed already asks nothing, as where React subscribes twice.
        if (!closed) feed = subscribe(target, service, row, options)
      },
      (error: unknown) => {
        loading = undefined
        target.dispatchEvent(new CustomEvent('error', { detail: error }))
      },
    )
    return Object.defineProperties(target, {
      current: { get: () => feed?.current ?? null },
      refresh: { value: () => ready.then(() => feed?.refresh()) },
      close: {
        value() {
          closed = true
          feed?.close()
        },
      },
    }) as FeatureWatch<AnsweredRow>
  }
}
