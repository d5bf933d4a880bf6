/** `sync --watch`: the sync service as a process, until a person or the system says stop. */
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../core/duration.ts'
import { ShorelineError } from '../../core/errors.ts'
import { openCache } from '../lake/cache-limit.ts'
import { HOLDER } from '../materialize/holder.ts'
import { materialize, type Workplace } from '../materialize/materialize.ts'
import { sharedMemory } from '../memory.ts'
import { SILENT } from '../progress.ts'
import { REAL_CLOCK } from '../service/clock.ts'
import { serveHealth } from '../service/health.ts'
import { eventLine, logTo } from '../service/log.ts'
import { stoppedError, untilStopped } from '../service/stop.ts'
import { Watch, type WatchOptions } from '../service/watch.ts'
import { webhookTo } from '../service/webhook.ts'
import type { Context } from './context.ts'

export interface WatchFlags {
  readonly watch?: boolean
  readonly healthPort: number
  readonly healthHost: string
  readonly webhook?: string
  /** Milliseconds. */
  readonly jitter: number
  readonly parallel: number
}

/** The flags that only go with `--watch`. */
export function addWatchOptions(command: Command): Command {
  return command
    .option('--watch', 'go on: views by their schedules, new ones at once, and what is asked for (docs/deploy.md)')
    .option('--health-port <port>', 'of GET /health and GET /live; 0 for any that is free', readPort, 8080)
    .option('--health-host <host>', '0.0.0.0 in a container', '127.0.0.1')
    .addOption(
      new Option('--webhook <url>', 'told when a view begins to fail, and when it works again')
        .env('SHORELINE_WEBHOOK')
        .argParser(readUrl),
    )
    .option('--jitter <duration>', 'views start up to this much later than their schedule', readJitter, 30_000)
    .option('--parallel <n>', 'views that run at once, each with its share of --memory', readCount, 1)
}

/** What of the service `sync` knows better. */
export type Watched = Pick<WatchOptions, 'kept' | 'picked' | 'daily'>

export async function watchViews(
  context: Context,
  work: Workplace,
  flags: WatchFlags,
  watched: Watched,
): Promise<void> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      // Who asks twice does not want to wait.
      if (stop.signal.aborted) process.exit(0)
      stop.abort(stoppedError())
    })
  const log = logTo(process.stdout)
  // Its lines are the runs; bars are for a person who looks on.
  const progress = process.stderr.isTTY ? work.progress : SILENT
  const memory = sharedMemory(work.memory, flags.parallel)
  const workplace = { ...work, memory, progress: untilStopped(progress, stop.signal) }
  const watch = new Watch({
    ...watched,
    name: HOLDER,
    control: context.control,
    run: (view, bounds) => withCache(context, work, () => materialize(workplace, view, bounds)),
    jitterMs: flags.jitter,
    parallel: flags.parallel,
    clock: REAL_CLOCK,
    log,
    send: flags.webhook === undefined ? null : webhookTo(flags.webhook),
    stop: stop.signal,
  })
  const health = await serveHealth(flags.healthHost, flags.healthPort, () => watch.health())
  log(eventLine(Date.now(), 'info', 'started', `${HOLDER} syncs ${context.control.url}; ${health.url}/health`))
  try {
    await watch.run()
  } finally {
    health.close()
  }
  // A phase that takes longer than the service waits is left where it is.
  process.exit(0)
}

async function withCache<T>(context: Context, work: Workplace, run: () => Promise<T>): Promise<T> {
  const cache = await openCache(join(work.folder, 'cache'))
  try {
    return await run()
  } finally {
    await cache.end(context.config.cacheBytes)
  }
}

/** @throws ShorelineError INVALID when a flag says what a service does not do */
export function refuseWith(flags: Readonly<Record<string, unknown>>, refused: readonly string[]): void {
  const wrong = refused.find((name) => flags[name] !== undefined)
  if (wrong === undefined) return
  const flag = `--${wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new ShorelineError(
    'INVALID',
    `${flag} is for one sync, and --watch goes on. Leave one of them out; a running service takes bounds through POST /materialize.`,
  )
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Write a port from 0 to 65535.')
  return port
}

function readCount(text: string): number {
  const count = Number(text)
  if (!/^[0-9]+$/.test(text) || count < 1 || count > 64) throw new InvalidArgumentError('Write a number from 1 to 64.')
  return count
}

function readUrl(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) throw new InvalidArgumentError('Write a URL: https://…')
  return text
}

function readJitter(text: string): number {
  if (text === '0' || text === '0s') return 0
  try {
    return parseDuration('--jitter', text) / 1000
  } catch {
    throw new InvalidArgumentError('Write 0, or a whole number and one of s, m, h, as in "30s".')
  }
}
