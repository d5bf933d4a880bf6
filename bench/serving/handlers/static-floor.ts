/** The floor when blocks are in memory: reads and parses the same body, and returns the same bytes, made beforehand. */
import type { RequestRow } from './answer.ts'
import { respond } from './respond.ts'

/** Number of rows, the first row's first field, the answer. */
export type StaticAnswer = readonly [rows: number, first: string, answer: string]

interface Env {
  readonly ANSWERS: readonly StaticAnswer[]
}

let answers: Map<number, Map<string, string>> | undefined

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    answers ??= indexAnswers(env.ANSWERS)
    const { rows }: { readonly rows: readonly RequestRow[] } = JSON.parse(await request.text())
    const first = rows[0]?.['customer'] ?? rows[0]?.['origin'] ?? ''
    return respond(answers.get(rows.length)?.get(first) ?? '', 0)
  },
}

function indexAnswers(list: readonly StaticAnswer[]): Map<number, Map<string, string>> {
  const index = new Map<number, Map<string, string>>()
  for (const [rows, first, answer] of list) index.set(rows, (index.get(rows) ?? new Map()).set(first, answer))
  return index
}
