/** Keys by the command line, against a deployment that is closed: the first admin key, narrow keys, the end of one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CreateKeyAnswer, KeysAnswer } from '../../registry/wire/keys.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'

const ADMIN_KEY = 'the-first-key-of-this-deployment-0123456789'
let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ ADMIN_KEY })
  await writeParquet(`${deployment.lake}/users/1.parquet`, USERS)
  await writeParquet(`${deployment.lake}/pairs/1.parquet`, PAIRS)
})
afterAll(() => deployment.stop())

const USERS = `select 'ada' as user_id, now()::timestamp - interval 1 hour as "at", now()::timestamp as created, 3::bigint as visits, 1.5 as score,
  'Köln' as city, null::timestamp as seen`
const PAIRS = `select 'a' as payer, 1::bigint as payee, now()::timestamp - interval 1 hour as "at", 10::bigint as "PAID_CENTS"`

async function made(...scopes: readonly string[]): Promise<CreateKeyAnswer> {
  const response = await deployment.fetch('/v1/keys', {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    body: JSON.stringify({ name: scopes.join(' '), scopes }),
  })
  return (await response.json()) as CreateKeyAnswer
}

describe('a closed deployment', () => {
  it("is opened by the Worker's secret, for keys that do one thing each", async () => {
    const [writer, syncer] = [await made('registry:write'), await made('sync:write')]
    const run = async (key: string, ...args: readonly string[]) => {
      const { code, stderr } = await deployment.cli('--key', key, ...args)
      return { code, stderr: code === 0 ? '' : stderr }
    }
    expect(await run(syncer.key, 'apply', '--no-lock')).toEqual({
      code: 1,
      stderr: expect.stringContaining('needs a key with the scope registry:write'),
    })
    expect(await run(writer.key, 'apply', '--no-lock')).toEqual({ code: 0, stderr: '' })
    expect(await run(writer.key, 'sync')).toMatchObject({ code: 1, stderr: expect.stringContaining('sync:write') })
    expect(await run(syncer.key, 'sync')).toEqual({ code: 0, stderr: '' })
    expect((await run(syncer.key, 'status')).code).toBe(0)
  })

  it('gives one service to a key of that service', async () => {
    const { key } = await made('features:read:profile')
    const [got, other, nobody] = await Promise.all([
      deployment.cli('--key', key, 'get', 'profile', 'user_id=ada'),
      deployment.cli('--key', key, 'get', 'payment', 'payer=a', 'payee=1'),
      deployment.cli('get', 'profile', 'user_id=ada'),
    ])
    expect({ code: got.code, stderr: got.stderr }).toEqual({ code: 0, stderr: '' })
    expect(got.stdout).toContain('Köln')
    expect(other.stderr).toContain('features:read:payment')
    expect(nobody.stderr).toContain('Send an API key')
  })
})

describe('shoreline keys', () => {
  it('prints a key on standard output alone, lists it without its secret, and ends it', async () => {
    const shown = await deployment.cli(
      '--key',
      ADMIN_KEY,
      'keys',
      'create',
      '--name',
      'shop',
      '--scope',
      'features:read',
      'tokens:issue',
      '--expires',
      '90d',
    )
    expect(shown.code).toBe(0)
    const key = shown.stdout.trim()
    const [, id = '', secret = ''] = /^sl_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})$/.exec(key) ?? []
    expect(shown.stderr).toContain(`Key ${id} may features:read, tokens:issue, until 20`)

    const { keys } = await deployment.json<KeysAnswer>('--key', ADMIN_KEY, 'keys', 'list')
    expect(keys.find((one) => one.id === id)).toMatchObject({
      name: 'shop',
      state: 'active',
      scopes: ['features:read', 'tokens:issue'],
    })
    const whole = await deployment.cli('--key', ADMIN_KEY, 'keys', 'revoke', key)
    expect(whole).toMatchObject({ code: 1, stderr: expect.stringContaining(`shoreline keys revoke ${id}`) })
    expect(whole.stderr).not.toContain(secret)
    const ended = await deployment.cli('--key', ADMIN_KEY, 'keys', 'revoke', id)
    expect(ended.stdout).toContain('no location accepts it after 30 s')
    const listed = await deployment.cli('--key', ADMIN_KEY, 'keys', 'list')
    expect(listed.stdout).toMatch(new RegExp(`^${id} +shop +features:read tokens:issue +revoked`, 'm'))
    expect(listed.stdout).not.toContain(secret)
    expect((await deployment.cli('--key', key, 'get', 'profile', 'user_id=ada')).stderr).toContain(
      `The key ${id} was revoked`,
    )
  })

  it('says what is wrong with a scope before it asks the deployment, and what is missing', async () => {
    const create = ['keys', 'create', '--name', 'x']
    const [misspelt, missing, refused] = await Promise.all([
      deployment.cli(...create, '--scope', 'feature:read'),
      deployment.cli(...create),
      deployment.cli(...create, '--scope', 'admin'),
    ])
    expect(misspelt).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean features:read?') })
    expect(missing.code).toBe(2)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Send an API key') })
  })
})
