/** How routes publish, and what they answer once a revision is published. */
import { parseHead } from '../../core/head.ts'
import { Repository } from '../../registry/repository.ts'
import type { AppEnv } from '../app.ts'
import { heldCode } from '../code/held.ts'
import type { Env } from '../env.ts'
import type { Applying } from '../publishing/apply.ts'
import { headWriter } from '../publishing/durable-object.ts'
import { loadHead } from '../serving/heads.ts'

export function publishing(env: Env): Applying & { readonly repository: Repository } {
  const writer = headWriter(env)
  return {
    repository: new Repository(env.DB),
    held: new Set(Object.keys(heldCode().modules)),
    publisher: {
      arm: () => writer.arm(),
      publish: (revision) => writer.publish(revision),
      prepare: (plans) => writer.prepare(plans),
    },
    now: () => Date.now(),
  }
}

interface Context {
  readonly env: Env
  get(key: 'isolate'): AppEnv['Variables']['isolate']
  json(value: unknown): Response
}

/** The isolate that published need not wait for its own news. */
export async function published(c: Context, answer: { readonly revision: number }): Promise<Response> {
  const stored = await new Repository(c.env.DB).revision(answer.revision)
  if (stored) c.get('isolate').heads.adopt(loadHead(parseHead(stored.head)))
  return c.json(answer)
}
