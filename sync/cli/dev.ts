import { spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { readConfig } from '../config.ts'
import { migrate } from '../dev/migrate.ts'
import { checkMayStart, startWorker, type WorkerProcess } from '../dev/worker-process.ts'
import { progressOn, SILENT } from '../progress.ts'
import type { GlobalOptions } from './context.ts'

interface DevOptions extends GlobalOptions {
  readonly port: number
  readonly clock?: string
  readonly sync?: boolean
}

/** Editors write a file in several steps. */
const SETTLE_MS = 150

export function devCommand(): Command {
  return new Command('dev')
    .description('the Worker on this machine, open to it alone; definitions are applied again when they change')
    .addOption(new Option('--port <port>').env('PORT').argParser(readPort).default(8787))
    .addOption(new Option('--clock <instant>', 'an RFC 3339 instant that stands for now').env('CLOCK'))
    .option('--sync', 'materialize, once the definitions are applied')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<DevOptions>()
      const config = readConfig()
      const progress = options.quiet || options.json ? SILENT : progressOn(process.stderr)
      await checkMayStart({ ...config, port: options.port })
      await progress.phase(
        'migrate the local database',
        () => migrate(config),
        (applied) => (applied ? 'applied' : 'nothing to do'),
      )
      const worker = await progress.phase(
        'start the Worker',
        () => startWorker({ ...config, port: options.port, clock: options.clock }),
        ({ url }) => url,
      )
      if (existsSync(config.features)) {
        // The lock file is for deployments that others share.
        const apply = (): Promise<boolean> => runCommand(['apply', '--no-lock'], worker.url, options)
        const applied = await apply()
        watchFeatures(config.features, apply)
        if (options.sync && applied) await runCommand(['sync'], worker.url, options)
      }
      process.stdout.write(options.json ? `${JSON.stringify({ url: worker.url })}\n` : `Ready on ${worker.url}\n`)
      await untilStopped(worker)
    })
}

/** Serves until a person or the system says stop; ends everything that was started. */
export async function untilStopped(worker: WorkerProcess): Promise<void> {
  const asked = new Promise<'asked'>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve('asked'))
  })
  const why = await Promise.race([asked, worker.ended.then(() => 'ended' as const)])
  if (why === 'ended') {
    process.stderr.write('The Worker stopped by itself; .shoreline/worker.log says why.\n')
    process.exitCode = 1
  }
  await worker.stop()
  process.exit()
}

/**
 * In a process of its own: only there are the definition files evaluated anew, all of them together.
 * @returns whether it succeeded; it has said itself why not, and the Worker serves on
 */
function runCommand(args: readonly string[], url: string, { json, quiet }: GlobalOptions): Promise<boolean> {
  const self = fileURLToPath(new URL('./shoreline.mjs', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--no-warnings', self, ...args, '--url', url, ...(json || quiet ? ['--quiet'] : [])],
    // With --json, standard output is for our one document.
    { stdio: ['ignore', json ? 2 : 'inherit', 'inherit'] },
  )
  // Without the Worker it would wait for it in vain.
  const end = (): unknown => child.kill()
  process.once('exit', end)
  return new Promise((resolve) =>
    child.once('close', (code) => {
      process.off('exit', end)
      resolve(code === 0)
    }),
  )
}

function watchFeatures(folder: string, changed: () => Promise<unknown>): void {
  let timer: NodeJS.Timeout | undefined
  watch(folder, { recursive: true }, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void changed(), SETTLE_MS)
  })
}

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('Write a port from 1 to 65535.')
  return port
}
