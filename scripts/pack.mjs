// `npm pack` makes a package of JavaScript: Node strips no types inside node_modules. `prepare` builds dist/ and points
// package.json at it; `restore` puts the repository's own package.json back, byte for byte. Plain JavaScript, because a
// fresh clone may run it on an old Node.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

const MANIFEST = 'package.json'
/** The repository's own, while package.json is the packed one. */
const KEPT = 'package.source.json'
/** A room that others import comes after them: its own settings have the last word on its files. */
const ROOMS = ['testing', 'sync', 'worker', 'client', 'registry', 'core']
/** What the built code finds beside itself, at the same place as its source does. */
const COPIED = [
  'sync/cli/shoreline.mjs',
  'sync/dev/keeper.mjs',
  'sync/init/template',
  'registry/migrations',
  'wrangler.toml',
]

if (process.argv[2] === 'prepare') {
  restore()
  if (!existsSync('node_modules')) await import('./install.mjs')
  build()
  swap()
} else restore()

function build() {
  rmSync('dist', { recursive: true, force: true })
  const flags = '--noEmit false --declaration --rewriteRelativeImportExtensions --rootDir . --outDir dist'.split(' ')
  for (const room of ROOMS) {
    const { status } = spawnSync('node_modules/.bin/tsc', ['-p', room, ...flags], {
      // Standard output is npm's, which may be asked for JSON.
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    })
    if (status !== 0) fail(`${room} does not compile; nothing was packed.`)
  }
  for (const path of COPIED)
    cpSync(path, `dist/${path}`, { recursive: true, filter: (source) => !source.endsWith('/migrations/meta') })
}

/** In this order and by renaming, so that at every instant one of the two files is the repository's own, whole. */
function swap() {
  copyFileSync(MANIFEST, `${KEPT}.part`)
  renameSync(`${KEPT}.part`, KEPT)
  writeFileSync(`${MANIFEST}.part`, packed(readFileSync(KEPT, 'utf8')))
  renameSync(`${MANIFEST}.part`, MANIFEST)
}

/** Also what a pack that was killed left behind. */
function restore() {
  if (!existsSync(KEPT)) return
  const [current, kept] = [readFileSync(MANIFEST, 'utf8'), readFileSync(KEPT, 'utf8')]
  if (current !== kept && current !== packed(kept))
    fail(`${MANIFEST} was edited after a pack that did not end. Bring the edit into ${KEPT} and move that over it.`)
  renameSync(KEPT, MANIFEST)
}

function packed(text) {
  const manifest = JSON.parse(text)
  const built = (path) => path.replace(/^\.\//, './dist/')
  const entry = (path) =>
    path.endsWith('.ts')
      ? { types: built(path).replace(/\.ts$/, '.d.ts'), default: built(path).replace(/\.ts$/, '.js') }
      : path
  const mapped = (record, map) => Object.fromEntries(Object.entries(record).map(([name, path]) => [name, map(path)]))
  return `${JSON.stringify(
    {
      ...manifest,
      bin: mapped(manifest.bin, built),
      exports: mapped(manifest.exports, entry),
      files: ['dist', '!dist/**/*.fixture.*', 'clients/python/shoreline.py'],
    },
    null,
    2,
  )}\n`
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
