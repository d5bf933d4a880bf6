/** `npm run example:model` as a person runs it, on one in twenty flights of six weeks. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { featuresOf } from '../../examples/flights/apply.ts'
import { r2Access } from '../../sync/config.ts'
import { controlOf } from '../../sync/control.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'
import { type Ended, freePort, ROOT, run } from './process.fixture.ts'

const EXAMPLE = join(ROOT, 'examples/flights')
const DATA = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
/** One flight in twenty, of every hour and every airport. */
const SOME = '(epoch(date)::bigint // 60 * 7919 + distance * 31 + delay) % 20 = 0'

/** With the example's own definitions of the model, and the flights without views whose code a Worker would have to hold. */
let folder: string
let deployment: Deployment

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoreline-model-'))
  const flights = join(folder, 'flights')
  await mkdir(join(folder, 'node_modules'))
  await symlink(ROOT, join(folder, 'node_modules/shoreline'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await mkdir(flights)
  await writeFile(
    join(flights, 'index.ts'),
    `export { delayRisk } from '${EXAMPLE}/features/risk.ts'\nexport { flightDelay } from '${EXAMPLE}/features/services.ts'\n`,
  )
  await cp(join(EXAMPLE, 'model/features'), join(folder, 'model/features'), { recursive: true })
  for (const file of ['model/terms.ts', 'model/weights.ts']) await cp(join(EXAMPLE, file), join(folder, file))
  for (const [file, from, to] of [
    ['index.ts', '../../features/index.ts', '../../flights/index.ts'],
    ['late.ts', '../../features/', `${EXAMPLE}/features/`],
  ] as const) {
    const path = join(folder, 'model/features', file)
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(`'${from}`, `'${to}`))
  }
  deployment = await deploy({ AUTH: 'off', CLOCK: '2001-07-01T06:00:00Z' }, flights)
  await putFlights('2001-05-20', '2001-06-30')
  for (const command of ['apply', 'sync']) {
    const { code, stderr } = await deployment.cli(command)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  }
}, 60_000)

afterAll(async () => {
  await deployment.stop()
  await rm(folder, { recursive: true, force: true })
})

async function putFlights(from: string, to: string): Promise<void> {
  const file = join(deployment.lake, 'part.parquet')
  await writeParquet(file, `select * from '${DATA}' where ${SOME} and date >= '${from}' and date < '${to}'`)
  const lake = openLake('r2://offline', { r2: r2Access(deployment.url, {}) })
  await lake.put(`flights/day=${from}/part-0.parquet`, { file })
}

function model(url = deployment.url): Promise<Ended> {
  return run(
    join(EXAMPLE, 'model.ts'),
    ['--url', url, '--from', '2001-06-01', '--model', join(folder, 'model')],
    { SHORELINE_FOLDER: join(deployment.folder, '.shoreline') },
    folder,
  ).ended
}

/** A line of the table of scores. */
function scoreOf(stdout: string, name: string): { readonly auc: number; readonly logLoss: number } {
  const [, auc, logLoss] = new RegExp(`^${name} +([0-9.]+) +([0-9.]+)$`, 'm').exec(stdout) ?? []
  return { auc: Number(auc), logLoss: Number(logLoss) }
}

async function ask(service: string): Promise<Response> {
  const rows = [{ origin: 'SFO', destination: 'JFK', scheduled_at: '2001-07-01T18:00:00Z' }]
  return deployment.fetch('/v1/features', { method: 'POST', body: JSON.stringify({ service, rows }) })
}

describe('npm run example:model', () => {
  let weights: string

  it('says that nothing runs where nothing does', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const { code, stderr } = await model(url)
    expect(code).toBe(1)
    expect(stderr).toContain(`No Shoreline answers at ${url}`)
    expect(stderr).toContain('Start it with "npm start"')
  })

  it('makes the training set, learns from it, and fails where the edge is behind the lake', async () => {
    await putFlights('2001-06-30', '2001-07-01')
    const { code, stdout } = await model()
    expect(stdout).toMatch(/^flight_delay_2001@1: [0-9,]+ flights to train, [0-9,]+ flights to test$/m)
    expect(stdout).toContain('500 of 500 flights, as they were known before they left')
    const equal = /^([0-9]+) of 500 flights, as they are known on 2001-07-01T06:00:00Z/m.exec(stdout)?.[1]
    expect(Number(equal)).toBeLessThan(500)
    expect(stdout).toMatch(/^The first that differs: .*late_probability/m)
    expect(code).toBe(1)
  })

  it('scores better than the hand-written risk, and that better than chance, on flights it has not seen', async () => {
    expect((await deployment.cli('sync')).code).toBe(0)
    const { code, stdout, stderr } = await model()
    expect({ code, stderr: code === 0 ? '' : `${stdout}${stderr}` }).toEqual({ code: 0, stderr: '' })
    const [base, risk, late] = ['the share of late flights to train on', 'risk, written by hand', 'late_model'].map(
      (name) => scoreOf(stdout, name),
    )
    expect(base?.auc).toBe(0.5)
    expect(risk?.auc).toBeGreaterThan(0.5)
    expect(late?.auc).toBeGreaterThan(risk?.auc ?? 1)
    expect(late?.logLoss).toBeLessThan(base?.logLoss ?? 0)
    // Now that the lake and the edge are one: each of the scores, to the bit.
    expect(stdout).toContain(
      '500 of 500 flights, as they were known before they left, score in training what was judged',
    )
    expect(stdout).toContain(
      '500 of 500 flights, as they are known on 2001-07-01T06:00:00Z, score at the edge what they score in training, to the bit',
    )
    weights = await readFile(join(folder, 'model/weights.ts'), 'utf8')
    expect(stdout).toMatch(/^curl -s /m)
  })

  it('serves the service beside the others, scaled by the training set that it was fitted on', async () => {
    expect(await (await ask('flight_late')).json()).toMatchObject({ rows: [{ late_probability: expect.any(Number) }] })
    const registry = await controlOf({ url: deployment.url }).registry()
    const sets = JSON.stringify(registry.on_demand?.findLast(({ name }) => name === 'late_model'))
    expect(sets).toMatch(/"set":"flight_delay_2001@\d"/)
    expect(registry.services.map(({ name }) => name)).toContain('flight_delay')
  })

  it('fits the same weights again, and has nothing to apply', async () => {
    const { code, stdout, stderr } = await model()
    expect(code).toBe(0)
    expect(stdout).toContain('it was registered before')
    expect(stdout).not.toContain('The weights differ')
    expect(stderr).toMatch(/^apply late_model and flight_late .* nothing to do$/m)
    expect(await readFile(join(folder, 'model/weights.ts'), 'utf8')).toBe(weights)
  })

  it('is what npm start goes on with, until someone retires it', async () => {
    const control = controlOf({ url: deployment.url })
    expect(await featuresOf(control, 'flights')).toBe(join(EXAMPLE, 'model/features'))
    // The definitions without the model are a removal, which nobody does by chance.
    const refused = await deployment.cli('apply')
    expect(refused.code).toBe(3)
    expect((await ask('flight_late')).status).toBe(200)
    expect((await deployment.cli('apply', '--yes')).code).toBe(0)
    expect(await featuresOf(control, 'flights')).toBe('flights')
  })
})
