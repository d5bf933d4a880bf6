/**
 * Texts that are done with are let go of while a run writes them. V8 collects by a limit of its own, which is gigabytes on a
 * machine that has them, and knows nothing of `--memory`: ten million rows left 750 MB of garbage behind, and leave 150 MB so.
 * To collect takes some ten milliseconds for each of these.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const EVERY_BYTES = 64e6

let collect: (() => void) | undefined
let since = 0

/** @param bytes of text that was made and will not be needed any more */
export function letGo(bytes: number): void {
  since += bytes
  if (since < EVERY_BYTES) return
  since = 0
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
