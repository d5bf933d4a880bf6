/**
 * `shoreline/client/react`: features of one row in a component, which is drawn again when they change.
 *
 * @example
 * const { row, meta, status } = useFeatures(client, 'flight_delay', { origin, destination })
 */
import { useMemo, useSyncExternalStore } from 'react'
import { writeJson } from './json.ts'
import type { Meta } from './meta.ts'
import type { Client, InputOf, OutputOf } from './types.ts'
import type { FeatureWatch, WatchOptions } from './watch.ts'

export interface Features<R> {
  /** `error`: there is nothing to show. What failed after a first answer leaves that, until it is past its ttl. */
  readonly status: 'loading' | 'ready' | 'error'
  readonly row: R | null
  readonly meta: Meta | null
  /** What the last attempt failed with, as `get` throws it; null after one that did not. */
  readonly error: unknown
}

const LOADING: Features<never> = { status: 'loading', row: null, meta: null, error: null }

/**
 * @param client made outside of the component, once
 * @param row null while there is nothing to ask for; an equal one may be another object each time
 */
export function useFeatures<S, N extends keyof S & string>(
  client: Client<S>,
  service: N,
  row: InputOf<S[N]> | null,
  options: WatchOptions = {},
): Features<OutputOf<S[N]>> {
  const name = row === null ? null : writeJson([service, row, options])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the name says all that the row and the options say
  const source = useMemo(
    () => (row === null ? NOTHING : sourceOf(() => client.watch(service, row, options))),
    [client, name],
  )
  return useSyncExternalStore<Features<OutputOf<S[N]>>>(source.subscribe, source.current, loading)
}

interface Source<R> {
  subscribe(changed: () => void): () => void
  /** The same object until it changes. */
  current(): Features<R>
}

function loading(): Features<never> {
  return LOADING
}

const NOTHING: Source<never> = { subscribe: () => () => {}, current: loading }

/** Asks while somebody looks: nothing happens while React draws. */
function sourceOf<R>(watch: () => FeatureWatch<R>): Source<R> {
  let state: Features<R> = LOADING
  return {
    current: () => state,
    subscribe(changed) {
      const watched = watch()
      const say = (error: unknown): void => {
        const { current } = watched
        const status = current ? 'ready' : error === null ? 'loading' : 'error'
        state = { status, row: current?.row ?? null, meta: current?.meta ?? null, error }
        changed()
      }
      watched.addEventListener('features', () => say(null))
      watched.addEventListener('error', ({ detail }) => say(detail))
      watched.addEventListener('expired', () => say(state.error))
      return () => watched.close()
    },
  }
}
