/** Runs wrangler in a process group of its own that ends when we do, however we end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { ShorelineError } from '../../core/errors.ts'

/** No look-ups, no metrics, and none of the local observability that halves the speed. */
const WRANGLER_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
  CI: 'true', // asks nothing
}

/**
 * @param root the folder of wrangler.toml
 * @param env what only this run is to know
 * @returns the leader of the group: signal the group by its negative number
 */
export function runWrangler(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const wrangler = join(dirname(findWrangler(root)), 'bin', 'wrangler.js')
  const keeper = fileURLToPath(new URL('./keeper.mjs', import.meta.url))
  return spawn(process.execPath, [keeper, '--no-warnings', wrangler, ...args], {
    cwd: root,
    detached: true,
    // The keeper ends the group when this pipe closes.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...WRANGLER_ENV, ...env },
  })
}

/** Runs it to its end. @throws ShorelineError UNAVAILABLE with its last words */
export async function finishWrangler(
  what: string,
  root: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = runWrangler(root, args, env)
  const output = collectOutput(child)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new ShorelineError('UNAVAILABLE', `${what}: ${lastWords(output())}`)
}

/** The repository's own, of the version that it deploys with. @throws ShorelineError UNAVAILABLE */
function findWrangler(root: string): string {
  try {
    return createRequire(join(root, 'package.json')).resolve('wrangler/package.json')
  } catch {
    throw new ShorelineError(
      'UNAVAILABLE',
      `wrangler is not installed in ${root}. Run "npm install", or "npm install --save-dev wrangler" if package.json does not name it.`,
    )
  }
}

/** Signals a process group; one that has ended already is no error. */
export function signalGroup(group: number | undefined, name: NodeJS.Signals): void {
  if (group === undefined) return
  try {
    process.kill(-group, name)
  } catch {
    // it has ended already
  }
}

/** Keeps the end of what the process says, and writes all of it to the log. */
export function collectOutput(child: ChildProcess, log?: string): () => string {
  const file = log === undefined ? undefined : createWriteStream(log)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000)
      file?.write(chunk)
    })
  return () => text
}

/** The lines that say what went wrong, without wrangler's decoration. */
export function lastWords(output: string): string {
  if (/ENOSPC|no space left|database or disk is full/i.test(output))
    return 'the disk is full. Free some space and start again.'
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('⎔') && !line.startsWith('🪵'))
  return lines.filter((line) => /error|✘|cannot|failed/i.test(line)).at(-1) ?? lines.at(-1) ?? 'it said nothing.'
}
