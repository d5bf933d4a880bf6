// The long counts: suites whose random cases are few in `npm test`, with many. Each run leaves its log under test/results/; one
// of some suites (`npm run test:long -- edits`) leaves the rows of the others as they were.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** What is promised, the suite that tries it, and how many random cases (SHORELINE_RUNS). */
const SUITES = [
  ['any sequence of edits, planned and applied', 'node', 'registry/edits.test.ts', 10_000],
  ['column lineage names every dependency', 'node', 'sync/lineage/soundness.test.ts', 3000],
  [
    'no hostile request gets a 5xx, an undocumented answer or a row of somebody else',
    'workerd',
    'test/workerd/openapi-hostile.test.ts',
    100_000,
  ],
  ['expressions agree bit for bit in DuckDB and in the evaluator', 'node', 'sync/on-demand/parity.test.ts', 2_000_000],
  ['expressions agree bit for bit in DuckDB and in Chromium', 'browser', 'test/browser/parity.test.ts', 1_000_000],
  ['a hundred races of two applies, and a killed one', 'workerd', 'worker/publishing/apply.test.ts', 100],
  ['a sync that is killed, with readers running', 'e2e', 'test/e2e/sync-crash.test.ts', 100],
  ['syncs whose requests go wrong one time in twenty', 'e2e', 'test/e2e/sync-faults.test.ts', 200],
  ['training sets are what nested loops over all histories find', 'node', 'sync/training/oracle.test.ts', 10_000],
  ['training sets of a page are those of the sync', 'node', 'test/parity/client-train.test.ts', 150],
  ['500 entities at each instant: online equals offline', 'e2e', 'test/e2e/train.test.ts', 20],
  ['the cache of a client never serves a value past its bound', 'node', 'client/cache/bound.test.ts', 20_000],
  ['any edits of a lake, any syncs, cut off or rolled back', 'e2e', 'test/e2e/sync-random.test.ts', 1000],
]

const LOG = 'test/results/long.md'

const only = process.argv.slice(2)
const commit = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).stdout.trim()
const before = existsSync(LOG) ? readFileSync(LOG, 'utf8').split('\n') : []
const rows = []
let failed = 0
for (const [promise, project, file, runs] of SUITES) {
  if (only.length > 0 && !only.some((name) => file.includes(name))) {
    rows.push(...before.filter((line) => line.includes(`\`${file}\``)))
    continue
  }
  const started = performance.now()
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--project', project, file, '--testTimeout=3600000'],
    {
      env: { ...process.env, SHORELINE_RUNS: String(runs), NO_COLOR: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 2],
    },
  )
  const seconds = (performance.now() - started) / 1000
  const tests = /^\s*Tests\s+(.*?)\s*$/m.exec(stdout)?.[1] ?? 'nothing ran'
  if (status !== 0) {
    failed++
    process.stdout.write(stdout)
  }
  rows.push(
    `| ${promise} | \`${file}\` | ${runs.toLocaleString('en')} | ${tests} | ${seconds.toFixed(0)} s | ${commit} |`,
  )
  process.stdout.write(`${rows.at(-1)}\n`)
}

const text = [
  '# The long run',
  '',
  '`npm run test:long`: fixed seeds, many more cases than `npm test` has.',
  '',
  '| what is promised | suite | cases | tests | took | commit |',
  '|---|---|---:|---|---:|---|',
  ...rows,
  '',
  `${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`,
  '',
].join('\n')
mkdirSync('test/results', { recursive: true })
writeFileSync(LOG, text)
process.exit(failed === 0 ? 0 : 1)
