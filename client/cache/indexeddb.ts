/** Answers that outlast the page, in IndexedDB: https://www.w3.org/TR/IndexedDB/ */
import type { Answers, Asked, Database, Factory, Mode } from './indexeddb-types.ts'
import type { CacheStore, Stored } from './store.ts'

interface Row extends Stored {
  /** When it was last used, by the device's clock. */
  readonly used: number
}

const NAME = 'shoreline'
const ANSWERS = 'answers'
/** Of `used` and `size`, so that what goes first is found without reading values. */
const BY_USE = 'use'
/** A use is written down only when the last one is longer ago: most reads write nothing. */
const USE_MS = 60_000

/** @throws where there is no IndexedDB, as in private windows of some browsers, or where it may not be used */
export async function indexedDbStore(maxBytes: number, now: () => number): Promise<CacheStore> {
  const db = await open()
  // Another version of this code wants to change what is here: it need not wait for this page.
  db.onversionchange = () => db.close()
  /** About what is kept: looked at anew where it says that there is too much, or after so many bytes were written. */
  let guess = Number.POSITIVE_INFINITY

  /** Done when the transaction is, so that what is said to be kept is. */
  function transact<T>(mode: Mode, work: (answers: Answers) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(ANSWERS, mode)
      const result = work(transaction.objectStore(ANSWERS))
      transaction.oncomplete = () => resolve(result)
      transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'))
    })
  }

  /** From the oldest use on, until the rest fits. */
  function evict(answers: Answers): void {
    const found: { readonly key: string; readonly size: number }[] = []
    const cursor = answers.index(BY_USE).openKeyCursor()
    cursor.onsuccess = () => {
      const at = cursor.result
      if (at) {
        const [, size] = at.key as [number, number]
        found.push({ key: String(at.primaryKey), size })
        at.continue()
        return
      }
      let bytes = found.reduce((sum, { size }) => sum + size, 0)
      for (const { key, size } of found) {
        if (bytes <= maxBytes) break
        answers.delete(key)
        bytes -= size
      }
      guess = bytes
    }
  }

  return {
    async get(keys) {
      const rows = await transact('readonly', (answers) =>
        keys.map((key) => answers.get(key) as Asked<Row | undefined>),
      )
      const found = rows.map(({ result }) => result)
      const at = now()
      const used = found.filter((row): row is Row => row !== undefined && Math.abs(at - row.used) > USE_MS)
      if (used.length > 0)
        await transact('readwrite', (answers) => {
          for (const { key } of used) {
            // Read again: another page may have put a newer one there, or forgotten all.
            const again = answers.get(key) as Asked<Row | undefined>
            again.onsuccess = () => again.result && answers.put({ ...again.result, used: at })
          }
        })
      return found.map((row) => row?.value)
    },
    async set(entries) {
      const used = now()
      await transact('readwrite', (answers) => {
        for (const entry of entries) {
          answers.put({ ...entry, used } satisfies Row)
          guess += entry.size
        }
        if (guess > maxBytes) evict(answers)
      })
    },
    async update(key, change) {
      const used = now()
      await transact('readwrite', (answers) => {
        const before = answers.get(key) as Asked<Row | undefined>
        before.onsuccess = () => answers.put({ ...change(before.result?.value), used } satisfies Row)
      })
    },
    async delete(keys) {
      await transact('readwrite', (answers) => keys.map((key) => answers.delete(key)))
    },
    async clear() {
      await transact('readwrite', (answers) => answers.clear())
      guess = 0
    },
  }
}

function open(): Promise<Database> {
  return new Promise((resolve, reject) => {
    const { indexedDB } = globalThis as { readonly indexedDB?: Factory }
    if (!indexedDB) throw new Error('there is no IndexedDB here')
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      const answers = request.result.createObjectStore(ANSWERS, { keyPath: 'key' })
      answers.createIndex(BY_USE, ['used', 'size'])
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('another page holds an older version of it'))
  })
}
