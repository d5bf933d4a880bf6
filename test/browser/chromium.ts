/**
 * The Chromium that browser tests and benchmarks drive. It comes inside the npm package `@sparticuz/chromium`, compressed, with the shared
 * libraries that a bare machine lacks, so that nothing is downloaded when it runs. It is unpacked once (4 s, 210 MB) to a folder of the
 * temp folder named by its version, and the next run finds it there; other versions' are removed then.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BrowserServer, chromium } from 'playwright-core'

/** No network but loopback, and no housekeeping that looks for one. */
const ARGS = [
  '--no-sandbox', // root, as in containers
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  '--font-render-hinting=none',
]

/** Tests connect to its `wsEndpoint()`; whoever starts it closes it. */
export async function startChromium(args: readonly string[] = []): Promise<BrowserServer> {
  const folder = await unpacked()
  return chromium.launchServer({
    executablePath: join(folder, 'chromium'),
    headless: true,
    args: [...ARGS, ...args],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TZ: 'UTC',
      // Its own libraries everywhere, so that every machine runs the same ones; of the system it needs glibc alone.
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  })
}

const NAME = 'shoreline-chromium'
const PACKAGE = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium', import.meta.url))

/** Its paths are those of the temp folder of its process: hence a process of its own. */
const UNPACK = `
  import chromium, { inflate } from '@sparticuz/chromium'
  await chromium.executablePath()
  await inflate(${JSON.stringify(join(PACKAGE, 'bin/al2023.tar.br'))})`

async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { readonly version: string }
  const prefix = `${NAME}-${userInfo().uid}-`
  const folder = join(tmpdir(), `${prefix}${version}`)
  if (existsSync(folder)) return folder
  for (const other of await readdir(tmpdir()))
    if (other.startsWith(prefix)) await rm(join(tmpdir(), other), { recursive: true, force: true })
  const partial = await mkdtemp(join(tmpdir(), `${NAME}.`))
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { ...process.env, TMPDIR: partial },
    })
    await mkdir(join(partial, 'fonts-cache'))
    await writeFile(join(partial, 'fonts.conf'), fontsOf(folder))
    // Whole or not at all. Another process that was first has the same.
    await rename(partial, folder).catch((thrown: unknown) => {
      if (!existsSync(folder)) throw thrown
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return folder
}

/** Its own font only: pages look the same on every machine. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`
}
