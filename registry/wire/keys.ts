/** API keys and browser tokens: what is asked for and what comes back. */
import * as z from 'zod'
import { messageOf } from '../../core/errors.ts'
import { isName } from '../../core/name.ts'
import { checkScope } from '../scopes.ts'

const scope = z.string().superRefine((text, context) => {
  try {
    checkScope(text)
  } catch (thrown) {
    context.addIssue({ code: 'custom', message: messageOf(thrown) })
  }
})

export const createKeyRequest = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'say what uses the key, as in "checkout service"')
    .max(100)
    .describe('For whoever reads the list: what uses the key.'),
  description: z.string().max(1000).optional(),
  scopes: z.array(scope).min(1, 'name at least one scope').max(100),
  expires: z
    .string()
    .max(40)
    .optional()
    .describe('A duration from now (90d) or an RFC 3339 instant; without it the key lasts until it is revoked.'),
})
export type CreateKeyRequest = z.infer<typeof createKeyRequest>

const service = z.string().refine(isName, 'is not the name of a service; versions are not named here')
/** A join key. JSON loses integers beyond 2^53: those are written as text. */
const value = z.union([z.string().max(1024), z.int(), z.boolean()])

export const issueTokenRequest = z.strictObject({
  services: z.array(service).min(1).max(100),
  entities: z
    .record(z.string(), z.union([z.literal('*'), z.array(value).min(1).max(1000)]))
    .describe('Field of a request row -> the values it may have; "*" for any.'),
  ttl: z.string().max(20).optional().describe('At most 15m; 10m without it.'),
})
export type IssueTokenRequest = z.infer<typeof issueTokenRequest>

export type { CreateKeyAnswer, IssueTokenAnswer, KeyAnswer, KeysAnswer, RevokeKeyAnswer } from './answers/keys.ts'
