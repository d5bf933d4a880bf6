#!/usr/bin/env node
// The command's first step, in plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = [22, 18] // runs TypeScript as it is
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const recent = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
const own = recent ? undefined : newerNode()
/** The package as published holds JavaScript. */
const built = !existsSync(new URL('./main.ts', import.meta.url))

// What was compiled is kept between calls, which begin in half the time for it. Node 20 does not know how.
module.enableCompileCache?.()

// `init` reads no definitions, and the repository that it writes brings the Node that does.
if (recent || (built && !own && process.argv[2] === 'init')) {
  await import(built ? './main.js' : './main.ts')
} else if (own) {
  const run = spawnSync(own, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(run.status ?? 1)
} else {
  console.error(
    `Shoreline needs Node ${NEEDED.join('.')} or later; this is ${process.versions.node}. Run "npm install" first.`,
  )
  process.exit(1)
}

/** The package `node` in devDependencies, of this repository or of the one that installed us. */
function newerNode() {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules', '.bin', 'node')
    if (existsSync(file)) return file
    if (folder === dirname(folder)) return undefined
  }
}
