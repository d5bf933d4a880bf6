/** Where the deployment tells somebody: the variable `WEBHOOK_URL`, and always its log. */
import { ShorelineError } from '../../core/errors.ts'
import type { FreshnessMessage, Send } from './stale.ts'

const TIMEOUT_MS = 10_000

/** @param url is never told: whoever has it may write there */
export function tellBy(url: string | undefined): Send {
  return async (message) => {
    log(message)
    if (url !== undefined && url.trim() !== '') await post(url.trim(), message)
  }
}

function log({ event, views, text }: FreshnessMessage): void {
  const level = event === 'views_stale' ? 'warn' : 'info'
  console[level](JSON.stringify({ level, event, message: text, views }))
}

/** @throws ShorelineError UNAVAILABLE when nobody took it, INTERNAL when the variable is wrong */
async function post(url: string, message: FreshnessMessage): Promise<void> {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new ShorelineError('INTERNAL', 'WEBHOOK_URL is no URL. Write https://….')
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await response.body?.cancel()
  if (!response.ok) throw new ShorelineError('UNAVAILABLE', `The webhook answered ${response.status}.`)
}
