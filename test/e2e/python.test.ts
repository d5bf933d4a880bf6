/** The client for Python, where there is a Python 3: by itself, and against a deployment. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { ROOT } from './process.fixture.ts'

const CLIENT = join(ROOT, 'clients/python')
const HAS_PYTHON = /^Python 3\./.test(spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout ?? '')

/** Runs the tests of a folder. @returns what they say at their end, or all of it when one fails */
async function unittest(folder: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn('python3', ['-m', 'unittest', 'discover', '-s', folder], {
    env: { ...process.env, ...env, PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  return code === 0 ? (said.match(/^(Ran|OK).*$/gm) ?? []).join(' ').replace(/ in \S+/, '') : said
}

async function deployed(): Promise<Deployment> {
  const deployment = await deploy({ AUTH: 'off', CLOCK: '2026-03-01T00:00:00Z' })
  await writeParquet(
    join(deployment.lake, 'users/1.parquet'),
    `select * from (values
      ('ada', timestamp '2026-02-20 10:00:00', timestamp '2026-02-20 10:05:00', 9007199254740993::bigint, 1.5::double, 'Köln', timestamp '2026-02-20 09:59:59.123456'),
      ('bob', timestamp '2026-02-21 00:00:00', timestamp '2026-02-21 00:00:00', 0, 'nan'::double, null, null)
    ) as users(user_id, "at", created, visits, score, city, seen)`,
  )
  await writeParquet(
    join(deployment.lake, 'pairs/1.parquet'),
    `select 'a' as payer, 1::bigint as payee, timestamp '2020-01-01' as "at", 1::bigint as "PAID_CENTS"`,
  )
  for (const command of [['apply'], ['sync', 'user_stats']]) {
    const { code, stderr } = await deployment.cli(...command)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  }
  return deployment
}

describe('clients/python/shoreline.py', () => {
  if (HAS_PYTHON) {
    it('asks again, tells errors, and writes values and options as they are read', async () => {
      expect(await unittest(CLIENT)).toMatch(/^Ran 16 tests OK$/)
    })

    it('serves and trains against a deployment', async () => {
      const deployment = await deployed()
      try {
        const said = await unittest(join(ROOT, 'test/e2e/python'), {
          SHORELINE_URL: deployment.url,
          SHORELINE_CWD: deployment.folder,
          SHORELINE_COMMAND: JSON.stringify([process.execPath, join(ROOT, 'sync/cli/shoreline.mjs')]),
          LAKE_FOLDER: deployment.lake,
        })
        expect(said).toMatch(/^Ran 5 tests OK$/)
      } finally {
        await deployment.stop()
      }
    })
  } else
    it('is there, on a machine without Python 3 to run it', () => {
      expect(existsSync(join(CLIENT, 'shoreline.py'))).toBe(true)
    })
})
