/** What every refusal looks like. */
import * as z from 'zod'
import { answer } from './shape.ts'

/** @param codes every code that there is */
export function errorAnswer(codes: readonly string[]) {
  return answer({
    error: answer({
      code: z.enum([...codes]),
      message: z.string().describe('Names the field, the value and what would be right.'),
      details: z.record(z.string(), z.unknown()).describe('What the message says, for programs.'),
    }),
    request_id: z.string().describe('As in the header x-request-id; finds the request in the log.'),
  })
}
