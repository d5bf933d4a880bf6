/** Who is measured: each a Worker in a workerd of its own, started once. */
import { join } from 'node:path'
import { CLOCK } from './blocks.ts'
import { bundle } from './bundle.ts'
import { type Case, staticAnswers } from './cases.ts'
import { requestBytes } from './connection.ts'
import type { Deployment } from './deployment.ts'
import { startWorkerd, type Workerd, type WorkerSpec } from './workerd.ts'

/** Shoreline twice: what it reads in the cold cases would push out what the hot cases keep in memory. */
export type Name = 'shoreline' | 'static floor' | 'shoreline, cold' | 'kv floor' | 'trivial'

export interface Contender {
  readonly name: Name
  readonly workerd: Workerd
}

export interface Contenders {
  readonly byName: ReadonlyMap<Name, Contender>
  stop(): Promise<void>
}

/**
 * @param v8Flags for all of them
 * @param only these; all when left out
 */
export async function startContenders(
  folder: string,
  deployment: Deployment,
  cases: readonly Case[],
  v8Flags?: readonly string[],
  only?: readonly Name[],
): Promise<Contenders> {
  const byName = new Map<Name, Contender>()
  const stop = async (): Promise<void> => {
    await Promise.all([...byName.values()].map((contender) => contender.workerd.stop()))
  }
  try {
    for (const [name, spec] of await workerSpecs(deployment, cases)) {
      if (only && !only.includes(name)) continue
      const workerd = await startWorkerd(
        join(folder, name.replaceAll(/\W+/g, '-')),
        v8Flags === undefined ? spec : { ...spec, v8Flags },
      )
      byName.set(name, { name, workerd })
    }
    return { byName, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

async function workerSpecs(
  deployment: Deployment,
  cases: readonly Case[],
): Promise<readonly (readonly [Name, WorkerSpec])[]> {
  const script = (file: string): Promise<string> => bundle(join(import.meta.dirname, file))
  const kv = { script: await script('handlers/kv-store.ts'), entries: deployment.entries }
  const shoreline: WorkerSpec = {
    script: await script('../../worker/index.ts'),
    text: { AUTH: 'off', CLOCK },
    kv,
    // D1, R2 and the Durable Objects are not on this path. The classes must be declared because the Worker exports them.
    durableObjects: [
      { binding: 'HEAD_WRITER', className: 'HeadWriter' },
      { binding: 'METRICS', className: 'Metrics' },
    ],
  }
  return [
    ['shoreline', shoreline],
    ['static floor', { script: await script('handlers/static-floor.ts'), json: { ANSWERS: staticAnswers(cases) } }],
    ['shoreline, cold', shoreline],
    ['kv floor', { script: await script('handlers/kv-floor.ts'), json: { SERVICES: deployment.services }, kv }],
    ['trivial', { script: await script('handlers/trivial.ts') }],
  ]
}

/** What a contender without cases is asked. */
export const TRIVIAL_REQUEST = requestBytes('/', {})
