// Runs before `npm start`, `npm test` and the rest, on whatever Node the machine has: installs what package-lock.json says
// when node_modules is missing or of another lock file. Plain JavaScript without imports from node_modules.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const STAMP = 'node_modules/.shoreline-lock'
const wanted = createHash('sha256')
  .update(readFileSync('package-lock.json'))
  .update(process.platform + process.arch)
  .digest('hex')

if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
  const started = Date.now()
  process.stderr.write('install what is missing …\n')
  // Scripts of three packages (esbuild, workerd, node) are allowed in package.json; their output is not ours.
  const run = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  if (run.status !== 0) {
    const said = `${run.stdout}${run.stderr}`
    const why = /ENOSPC|no space left/i.test(said)
      ? 'the disk is full; free about 1 GB and start again'
      : /ENOTFOUND|ETIMEDOUT|ECONNREFUSED|EAI_AGAIN/.test(said)
        ? 'npm cannot reach its registry; check the network and start again'
        : said.trim().split('\n').slice(0, 8).join('\n')
    process.stderr.write(`The packages could not be installed: ${why}\n`)
    process.exit(1)
  }
  mkdirSync('node_modules', { recursive: true })
  writeFileSync(STAMP, wanted)
  process.stderr.write(`install what is missing             ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}
