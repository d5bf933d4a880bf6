#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
// The command's first step, in plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NEEDED = [22, 18] // runs TypeScript as it is
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  await import('./main.ts')
} else {
  // The package `node` in devDependencies brings the right one.
  const own = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
  if (!existsSync(own)) {
    console.error(
      `Shoreline needs Node ${NEEDED.join('.')} or later; this is ${process.versions.node}. Run "npm install" first.`,
    )
    process.exit(1)
  }
  const run = spawnSync(own, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(run.status ?? 1)
}
