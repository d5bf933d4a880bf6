/** The one client of the page, and the token that it sends. */
import { type ClientError, createClient } from 'shoreline/client'
import type * as definitions from '../../flights/features/departure.ts'

/** From the site's own route: the key that it is made with stays on the server. A refused one is not given again. */
let token: { readonly text: string; readonly until: number } | undefined

async function browserToken(refused?: string): Promise<string> {
  if (token && token.text !== refused && token.until > Date.now() + 5000) return token.text
  // The client answers from what it keeps, at once.
  if (!navigator.onLine) throw new Error('There is no network.')
  const response = await fetch('token', { method: 'POST' })
  if (!response.ok) throw new Error(`This site gave no token: ${response.status}.`)
  const { token: text, expires_at: expires } = (await response.json()) as { token: string; expires_at: string }
  token = { text, until: Date.parse(expires) }
  return text
}

export const client = createClient<typeof definitions>({
  url: location.origin,
  token: browserToken,
  compute: 'local',
  // Everybody who opens this page sees the same.
  cache: { store: 'indexeddb', maxAge: '30s', staleWhileRevalidate: '10m', offline: '1d', partition: 'visitor' },
  timeout: 8000,
})

export interface Flight {
  readonly origin: string
  readonly destination: string
  readonly scheduled_at: string
}

export type Departure = Awaited<ReturnType<typeof client.get<'departure'>>>
export type Departures = Awaited<ReturnType<typeof client.getMany<'departure'>>>

/** What to tell a person. */
export function said(thrown: unknown): string {
  const { code, message } = thrown as Partial<ClientError>
  if (code === 'UNREACHABLE' || code === 'NO_TOKEN' || code === 'DEADLINE')
    return 'The edge cannot be reached, and this device has no values of it that are still good.'
  return message ?? String(thrown)
}
