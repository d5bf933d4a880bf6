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
/** The key of what changes with every write, whichever page writes. It is used later than anything, so it goes last. */
const MARK = ''

/** @throws where there is no IndexedDB, as in private windows of some browsers, or where it may not be used */
export async function indexedDbStore(maxBytes: number, now: () => number): Promise<CacheStore> {
  const db = await open()
  // Another version of this code wants to change what is here: it need not wait for this page.
  db.onversionchange = () => db.close()
  /** About what is kept: looked at anew where it says that there is too much, or after so many bytes were written. */
  let guess = Number.POSITIVE_INFINITY
  /**
   * What was read, as long as the mark is the one that it was read under: a page that computes with every frame reads the same rows
   * sixty times a second, and IndexedDB takes longer for each than computing it does.
   */
  const read = new Map<string, Row>()
  let bytes = 0
  let mark: unknown

  function remember(row: Row): void {
    bytes += row.size - (read.get(row.key)?.size ?? 0)
    read.set(row.key, row)
    if (bytes > maxBytes) forget()
  }

  function forget(): void {
    read.clear()
    bytes = 0
  }

  /** Done when the transaction is, so that what is said to be kept is. */
  function transact<T>(mode: Mode, work: (answers: Answers) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(ANSWERS, mode)
      const result = work(transaction.objectStore(ANSWERS))
      transaction.oncomplete = () => resolve(result)
      transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'))
    })
  }

  /** Every write leaves another mark. What this page has read lasts where nobody else had written since. */
  async function write(work: (answers: Answers) => void): Promise<void> {
    const next = `${now()} ${Math.random()}`
    let alone = false
    await transact('readwrite', (answers) => {
      const before = answers.get(MARK) as Asked<Row | undefined>
      work(answers)
      before.onsuccess = () => {
        alone = mark !== undefined && before.result?.value === mark
        answers.put({ key: MARK, value: next, size: 0, used: Number.MAX_VALUE } satisfies Row)
      }
    })
    if (!alone) forget()
    mark = next
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
      let found: readonly (Row | undefined)[] = []
      await transact('readonly', (answers) => {
        const marked = answers.get(MARK) as Asked<Row | undefined>
        marked.onsuccess = () => {
          const is = marked.result?.value
          if (is === undefined || is !== mark) forget()
          mark = is
          const known = keys.map((key) => read.get(key))
          const asked = keys.map((key, at) => (known[at] ? undefined : (answers.get(key) as Asked<Row | undefined>)))
          const last = asked.findLast((one) => one !== undefined)
          const done = (): void => {
            found = keys.map((_, at) => known[at] ?? asked[at]?.result)
            for (const row of found) if (row) remember(row)
          }
          if (last) last.onsuccess = done
          else done()
        }
      })
      const at = now()
      const used = found.filter((row): row is Row => row !== undefined && Math.abs(at - row.used) > USE_MS)
      if (used.length > 0)
        await transact('readwrite', (answers) => {
          for (const row of used) {
            if (read.get(row.key) === row) remember({ ...row, used: at })
            // Read again: another page may have put a newer one there, or forgotten all.
            const again = answers.get(row.key) as Asked<Row | undefined>
            again.onsuccess = () => again.result && answers.put({ ...again.result, used: at })
          }
        })
      return found.map((row) => row?.value)
    },
    async set(entries) {
      const used = now()
      await write((answers) => {
        for (const entry of entries) {
          answers.put({ ...entry, used } satisfies Row)
          guess += entry.size
        }
        if (guess > maxBytes) evict(answers)
      })
      for (const entry of entries) remember({ ...entry, used })
    },
    async update(key, change) {
      const used = now()
      let after: Row | undefined
      await write((answers) => {
        const before = answers.get(key) as Asked<Row | undefined>
        before.onsuccess = () => {
          after = { ...change(before.result?.value), used }
          answers.put(after)
        }
      })
      if (after) remember(after)
    },
    async delete(keys) {
      await write((answers) => {
        for (const key of keys) answers.delete(key)
      })
      forget()
    },
    async clear() {
      await write((answers) => answers.clear())
      forget()
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
