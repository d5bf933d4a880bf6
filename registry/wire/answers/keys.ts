/** What creating, listing and revoking keys answers, and what issuing a browser token does. */
import * as z from 'zod'
import { answer, count, instant, list, texts } from './shape.ts'

const key = {
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  scopes: texts,
  state: z.enum(['active', 'expired', 'revoked']),
  created_at: instant,
  created_by: z.string().describe('The id of the key that created it; "admin" for the Worker\'s secret.'),
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
  last_used_at: instant.nullable().describe('To the minute; null for a key that was never used.'),
}

export const keyAnswer = answer(key)
export type KeyAnswer = z.output<typeof keyAnswer>

export const createKeyAnswer = answer({
  ...key,
  key: z.string().describe('The key itself. No other answer holds it.'),
})
export type CreateKeyAnswer = z.output<typeof createKeyAnswer>

export const keysAnswer = answer({ keys: list(keyAnswer).describe('Oldest first.') })
export type KeysAnswer = z.output<typeof keysAnswer>

export const revokeKeyAnswer = answer({
  id: z.string(),
  revoked_at: instant,
  stops_within_seconds: count.describe('After so many seconds no location accepts it.'),
})
export type RevokeKeyAnswer = z.output<typeof revokeKeyAnswer>

export const issueTokenAnswer = answer({ token: z.string(), expires_at: instant })
export type IssueTokenAnswer = z.output<typeof issueTokenAnswer>
