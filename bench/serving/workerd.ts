/** A fresh `workerd serve` per contender: its config, its start on a free port of 127.0.0.1, and its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

export interface WorkerSpec {
  /** The bundled module. */
  readonly script: string
  /** Beside it, by the names that it imports them by: the text of one in JavaScript, or the bytes of one in WebAssembly. */
  readonly modules?: Readonly<Record<string, string | Uint8Array>>
  /** Given to the Worker as parsed JSON. */
  readonly json?: Readonly<Record<string, unknown>>
  readonly text?: Readonly<Record<string, string>>
  /** Binds `KV` to a Worker that speaks the protocol of Workers KV. */
  readonly kv?: { readonly script: string; readonly entries: unknown }
  /** Binds `DB` to a Worker that speaks the protocol of D1. */
  readonly d1?: { readonly script: string; readonly json: Readonly<Record<string, unknown>> }
  /** Classes that the Worker exports; the binding is the name in capitals. Their storage is in memory. */
  readonly durableObjects?: readonly { readonly binding: string; readonly className: string }[]
  /** As on V8's command line. What they make V8 print is kept (`printed`); it needs `stdbuf`, which Linux has. */
  readonly v8Flags?: readonly string[]
}

export interface Workerd {
  readonly port: number
  readonly pid: number
  /** Seconds of CPU that the process has used; null where there is no /proc. */
  cpuSeconds(): number | null
  /** What it wrote to its standard output, where V8 was asked to. */
  printed(): string
  stop(): Promise<void>
}

const COMPATIBILITY_DATE = '2026-11-01'
const READY_WITHIN_MS = 20_000

/** @param folder for the config and what it embeds */
export async function startWorkerd(folder: string, spec: WorkerSpec): Promise<Workerd> {
  await mkdir(folder, { recursive: true })
  const embed = async (file: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, file), content)
    return `embed "${file}"`
  }
  await writeFile(join(folder, 'config.capnp'), await writeConfig(spec, embed))
  const bin = join(dirname(createRequire(import.meta.url).resolve('workerd/package.json')), 'bin/workerd')
  const serve = [bin, 'serve', '--experimental', '--control-fd=3', 'config.capnp']
  // V8 writes by the C library, which keeps what goes into a pipe back until there are pages of it.
  const [command = bin, ...rest] = spec.v8Flags ? ['stdbuf', '-oL', ...serve] : serve
  const child = spawn(command, rest, {
    cwd: folder,
    stdio: ['ignore', spec.v8Flags ? 'pipe' : 'inherit', 'inherit', 'pipe'],
  })
  let printed = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  process.once('exit', () => child.kill('SIGKILL'))
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  try {
    const port = await listening(child)
    return { port, pid: child.pid ?? 0, cpuSeconds: () => cpuSeconds(child.pid), printed: () => printed, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

type Embed = (file: string, content: string | Uint8Array) => Promise<string>

async function writeConfig(spec: WorkerSpec, embed: Embed): Promise<string> {
  const bindings = [
    ...(await Promise.all(
      Object.entries(spec.json ?? {}).map(
        async ([name, value]) => `(name = "${name}", json = ${await embed(`${name}.json`, JSON.stringify(value))})`,
      ),
    )),
    ...Object.entries(spec.text ?? {}).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`),
    ...(spec.kv ? ['(name = "KV", kvNamespace = "kv")'] : []),
    ...(spec.d1 ? [D1_BINDING] : []),
    ...(spec.durableObjects ?? []).map(
      ({ binding, className }) => `(name = "${binding}", durableObjectNamespace = "${className}")`,
    ),
  ]
  const classes = (spec.durableObjects ?? []).map(
    ({ className }) => `(className = "${className}", uniqueKey = "${className}", enableSql = true)`,
  )
  const modules = await Promise.all(
    Object.entries({ 'worker.js': spec.script, ...spec.modules }).map(
      async ([name, content]) =>
        `(name = "${name}", ${typeof content === 'string' ? 'esModule' : 'wasm'} = ${await embed(name, content)})`,
    ),
  )
  const main = `(
    modules = [${modules.join(', ')}],
    compatibilityDate = "${COMPATIBILITY_DATE}",
    bindings = [${bindings.join(', ')}],
    durableObjectNamespaces = [${classes.join(', ')}],
    durableObjectStorage = (inMemory = void),
  )`
  const kv = spec.kv && {
    script: await embed('kv.js', spec.kv.script),
    entries: await embed('entries.json', JSON.stringify(spec.kv.entries)),
  }
  const d1 = spec.d1 && {
    script: await embed('d1.js', spec.d1.script),
    bindings: await Promise.all(
      Object.entries(spec.d1.json).map(
        async ([name, value]) => `(name = "${name}", json = ${await embed(`${name}.json`, JSON.stringify(value))})`,
      ),
    ),
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)${kv ? ', (name = "kv", worker = .kv)' : ''}${d1 ? ', (name = "d1", worker = .d1)' : ''}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  v8Flags = ${JSON.stringify(spec.v8Flags ?? [])},
);
const main :Workerd.Worker = ${main};
${
  kv
    ? `const kv :Workerd.Worker = (
  modules = [(name = "kv.js", esModule = ${kv.script})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [(name = "ENTRIES", json = ${kv.entries})],
);`
    : ''
}
${
  d1
    ? `const d1 :Workerd.Worker = (
  modules = [(name = "d1.js", esModule = ${d1.script})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [${d1.bindings.join(', ')}],
);`
    : ''
}
`
}

/** As the platform binds D1: its JavaScript API around a service. */
const D1_BINDING =
  '(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "d1")]))'

/** workerd writes `{"event":"listen","socket":"http","port":40123}` to the control pipe. */
function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    const control = child.stdio[3] as Readable
    control.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const port = /"event":"listen".*"port":([0-9]+)/.exec(text)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`workerd ended with ${code} while it started`)))
    setTimeout(() => reject(new Error('workerd did not listen in time')), READY_WITHIN_MS).unref()
  })
}

/** Clock ticks a second, in which Linux counts a process's time. */
const TICKS = 100

function cpuSeconds(pid: number | undefined): number | null {
  try {
    // The name in brackets may hold spaces; user and system time are the 12th and 13th fields after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return null
  }
}
