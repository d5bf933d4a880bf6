/** D1 in memory: revisions with their primary key as the compare-and-swap, runs and snapshots. */
import { ShorelineError } from '../../core/errors.ts'
import type { Head } from '../../core/head.ts'
import type { Run, Snapshot, StoredRevision } from '../../registry/repository.ts'
import type { PublishingRepository } from '../../worker/publishing/publish.ts'
import type { Truth } from '../../worker/stores.ts'
import { BLOCKS, FIRST_HEAD, PLAN_TEXT, REGISTRY, REGISTRY_TEXT } from './definitions.ts'
import type { Intent, Oracle } from './oracle.ts'
import type { Schedule, Step } from './schedule.ts'

export class ModelD1 {
  readonly #schedule: Schedule
  readonly #oracle: Oracle
  readonly #revisions: StoredRevision[] = [stored(FIRST_HEAD)]
  readonly #runs = new Map<string, Run>()
  readonly #snapshots: Snapshot[] = []
  /** A commit that its publisher has sent and not seen end. */
  readonly inFlight = new Map<string, () => void>()

  constructor(schedule: Schedule, oracle: Oracle, published: readonly Run[], computed: readonly Run[]) {
    this.#schedule = schedule
    this.#oracle = oracle
    for (const run of published) {
      this.#runs.set(run.id, { ...run, state: 'published' })
      this.#snapshots.push(snapshotOf(run, FIRST_HEAD))
    }
    for (const run of computed) this.#runs.set(run.id, run)
  }

  get latest(): StoredRevision {
    const latest = this.#revisions.at(-1)
    if (!latest) throw new Error('D1 has no revision.')
    return latest
  }

  /** @param writes what else the readers of the newest revision touch before their next step */
  truth(actor: string, writes: readonly string[] = []): Truth {
    return {
      latestRevision: () => this.#read(actor, 'the newest revision', () => this.latest, { writes }),
      revision: (revision) => this.#read(actor, `revision ${revision}`, () => this.#revisions[revision - 1] ?? null),
      registryText: async () => REGISTRY_TEXT,
      planText: async () => PLAN_TEXT,
    }
  }

  /** What a publisher sees; its commits are told to the oracle by what it wants. */
  repository(actor: string, intent: Intent): PublishingRepository {
    return {
      latestRevision: () => this.#read(actor, 'the newest revision', () => this.latest, { reads: ['d1'] }),
      // Immutable, or not touched by anything in these models: reading them is no step.
      registry: async () => REGISTRY,
      uploadedBlocks: async () => BLOCKS,
      run: (id) => this.#read(actor, `run ${id}`, () => this.#run(id)),
      snapshots: (view) => this.#read(actor, `the snapshots of ${view}`, () => this.#snapshotsOf(view)),
      commitRevision: (head, reason, _now, { published = [] } = {}) =>
        this.#commit(actor, intent, head, reason, published),
    }
  }

  async #commit(actor: string, intent: Intent, head: Head, reason: string, published: readonly Run[]): Promise<void> {
    const commit = () => this.#commitNow(intent, head, published)
    this.inFlight.set(actor, commit)
    await this.#schedule.gate({
      actor,
      label: `commit ${head.revision}, ${reason}`,
      reads: ['clock'],
      writes: ['d1'],
      run: commit,
    })
    this.inFlight.delete(actor)
  }

  /** All or nothing, like D1's batch. */
  #commitNow(intent: Intent, head: Head, published: readonly Run[]): void {
    const { revision } = head
    if (revision <= this.latest.revision)
      throw new ShorelineError('CONFLICT', `Revision ${revision} was published by someone else meanwhile.`, {
        revision,
      })
    if (published.some((run) => this.#snapshots.some((one) => one.view === run.view && one.snapshot === run.snapshot)))
      throw new Error('UNIQUE constraint failed: snapshots.view, snapshots.snapshot')
    this.#revisions.push(stored(head))
    for (const run of published) {
      this.#runs.set(run.id, { ...this.#run(run.id), state: 'published' })
      this.#snapshots.push(snapshotOf(run, head))
    }
    this.#oracle.committed(revision, intent)
  }

  #read<T>(actor: string, what: string, read: () => T, touched: Pick<Step<T>, 'reads' | 'writes'> = {}): Promise<T> {
    // Most readers look at the clock next, without another step between.
    const step = { actor, label: `read ${what} in D1`, reads: ['d1', 'clock'], run: read }
    return this.#schedule.gate({ ...step, ...touched })
  }

  #run(id: string): Run {
    const run = this.#runs.get(id)
    if (run) return run
    throw new ShorelineError('UNKNOWN_NAME', `There is no run ${id}.`, { run: id })
  }

  #snapshotsOf(view: string): readonly Snapshot[] {
    return this.#snapshots.filter((one) => one.view === view).sort((a, b) => b.snapshot - a.snapshot)
  }
}

function stored(head: Head): StoredRevision {
  return { revision: head.revision, registry: head.registry, head: JSON.stringify(head) }
}

function snapshotOf(run: Run, head: Head): Snapshot {
  const pointer = head.views[run.view]
  if (!pointer) throw new Error(`run ${run.id} is published without being in the head.`)
  return {
    view: run.view,
    snapshot: run.snapshot,
    pointer,
    rows: run.rows ?? 0,
    watermark: run.watermark,
    parts: [],
    revision: head.revision,
    createdAt: 0,
    markedAt: null,
  }
}
