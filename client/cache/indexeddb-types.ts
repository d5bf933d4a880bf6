/** As much of IndexedDB as is used: rooms of the server import the client, too, and have no types of a browser. */
export interface Asked<T> {
  readonly result: T
  readonly error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}

export interface Opening extends Asked<Database> {
  onupgradeneeded: (() => void) | null
  onblocked: (() => void) | null
}

export interface Factory {
  open(name: string, version: number): Opening
}

export interface Database {
  onversionchange: (() => void) | null
  createObjectStore(name: string, options: { readonly keyPath: string }): Answers
  transaction(store: string, mode: Mode): Transaction
  close(): void
}

export type Mode = 'readonly' | 'readwrite'

export interface Transaction {
  readonly error: unknown
  oncomplete: (() => void) | null
  onabort: (() => void) | null
  objectStore(name: string): Answers
}

/** An object store, and an index of it. */
export interface Answers {
  get(key: string): Asked<unknown>
  put(value: object): unknown
  delete(key: string): unknown
  clear(): unknown
  createIndex(name: string, keyPath: readonly string[]): unknown
  index(name: string): { openKeyCursor(): Asked<Cursor | null> }
}

export interface Cursor {
  readonly key: unknown
  readonly primaryKey: unknown
  continue(): void
}
