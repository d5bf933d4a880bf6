/** What callers are promised of a running deployment: values, statuses, clear refusals, and never a wrong row. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../client/index.ts'
import { type Deployment, deploy, writeParquet } from './deployment.fixture.ts'

const CLOCK = '2026-03-01T00:00:00Z'
let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({ AUTH: 'off', CLOCK })
  await writeParquet(
    join(deployment.lake, 'users/1.parquet'),
    `select * from (values
      ('ada', timestamp '2026-02-20 10:00:00', timestamp '2026-02-20 10:05:00', 9007199254740993::bigint, 1.5::double, 'Köln', timestamp '2026-02-20 09:59:59.123456'),
      ('ada', timestamp '2026-02-20 10:00:00', timestamp '2026-02-20 10:01:00', 1, 0.0, 'older creation', null),
      ('ada', timestamp '2026-02-19 10:00:00', timestamp '2026-02-25 10:00:00', 2, 0.0, 'older event', null),
      ('bob', timestamp '2026-02-28 00:00:00', timestamp '2026-02-28 00:00:00', 0, 'nan'::double, null, null),
      ('old', timestamp '2026-01-29 23:59:59', timestamp '2026-01-30 00:00:00', 5, 2.0, 'gone', null),
      ('edge', timestamp '2026-01-30 00:00:00', timestamp '2026-01-30 00:00:00', 6, 2.0, 'kept', null),
      ('later', timestamp '2026-03-02 00:00:00', timestamp '2026-02-01 00:00:00', 7, 2.0, 'future', null),
      ('a|b', timestamp '2026-02-28 00:00:00', timestamp '2026-02-28 00:00:00', 8, '-0'::double, 'pipe', null)
    ) as users(user_id, "at", created, visits, score, city, seen)`,
  )
  await writeParquet(
    join(deployment.lake, 'pairs/1.parquet'),
    `select * from (values
      ('a|b', 1::bigint, timestamp '2020-01-01', 10::bigint), ('a', 1, timestamp '2020-01-01', 20), ('a\\', 1, timestamp '2020-01-01', 30)
    ) as pairs(payer, payee, "at", "PAID_CENTS")`,
  )
  for (const command of ['apply', 'sync']) {
    const { code, stderr } = await deployment.cli(command)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  }
})

afterAll(() => deployment.stop())

async function post(
  body: unknown,
): Promise<{ readonly status: number; readonly json: Record<string, unknown>; readonly text: string }> {
  const response = await deployment.fetch('/v1/features', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, json: JSON.parse(text) as Record<string, unknown>, text }
}

describe('a feature vector', () => {
  it('is the newest whole row of its key, exact to the last digit', async () => {
    const { text } = await post({ service: 'profile', rows: [{ user_id: 'ada' }] })
    expect(text).toContain(
      '"rows":[{"visits":9007199254740993,"score":1.5,"city":"Köln","seen":"2026-02-20T09:59:59.123456Z"}],"issues":[]',
    )
    expect(text).toContain('"event_timestamps":["2026-02-20T10:00:00Z"]')
  })

  it('keeps the order of the request and its duplicates', async () => {
    const { json } = await post({
      service: 'profile',
      rows: ['bob', 'ada', 'bob', 'nobody'].map((user_id) => ({ user_id })),
    })
    expect((json['rows'] as { city: string | null }[]).map((row) => row.city)).toEqual([null, 'Köln', null, null])
  })

  it('says of each value that is not present why: null, unknown key, past the ttl', async () => {
    const { json } = await post({
      service: 'profile',
      rows: ['ada', 'bob', 'old', 'edge', 'later', 'nobody'].map((user_id) => ({ user_id })),
    })
    const byStatus = new Map(
      (json['issues'] as { status: string; feature?: string; rows: number[] }[]).map((issue) => [
        `${issue.status} ${issue.feature ?? ''}`.trim(),
        issue.rows,
      ]),
    )
    expect(Object.fromEntries(byStatus)).toEqual({
      OUTSIDE_MAX_AGE: [2],
      NOT_FOUND: [4, 5],
      'NULL_VALUE seen': [1, 3],
      'NULL_VALUE city': [1],
    })
    expect((json['rows'] as unknown[])[2]).toEqual({ visits: null, score: null, city: null, seen: null })
  })

  it('writes NaN as text and minus zero as a number', async () => {
    const { text } = await post({ service: 'profile', rows: [{ user_id: 'bob' }, { user_id: 'a|b' }] })
    expect(text).toContain('"score":"NaN"')
    expect(text).toContain('"score":-0.0')
  })

  it('joins roles, a composite key and the global entity', async () => {
    const { json } = await post({
      service: 'payment',
      rows: [
        { payer: 'a|b', payee: 1 },
        { payer: 'a', payee: '1' },
        { payer: 'a\\', payee: 1 },
      ],
    })
    expect(json['rows']).toEqual([
      { visits: 8, city: 'pipe', paid: 10, rows_seen: 7, visits_total: expect.any(Number) },
      { visits: null, city: null, paid: 20, rows_seen: 7, visits_total: expect.any(Number) },
      { visits: null, city: null, paid: 30, rows_seen: 7, visits_total: expect.any(Number) },
    ])
  })

  it('may be asked with full names, without metadata, with all statuses, or with a tighter age', async () => {
    const rows = [{ user_id: 'ada' }]
    expect(await post({ service: 'profile@1', rows, full_names: true, metadata: 'none' })).toMatchObject({
      json: { rows: [{ user_stats__city: 'Köln' }] },
    })
    expect((await post({ service: 'profile', rows, metadata: 'none' })).json).not.toHaveProperty('issues')
    expect((await post({ service: 'profile', rows: [{ user_id: 'bob' }], metadata: 'full' })).json['statuses']).toEqual(
      [{ visits: 'PRESENT', score: 'PRESENT', city: 'NULL_VALUE', seen: 'NULL_VALUE' }],
    )
    expect((await post({ service: 'profile', rows, max_age: '1d' })).json['issues']).toEqual([
      { view: 'user_stats', status: 'OUTSIDE_MAX_AGE', rows: [0] },
    ])
  })

  it('comes by GET too, and by the command line', async () => {
    const get = await deployment.fetch('/v1/services/payment/features?payer=a%7Cb&payee=1')
    const { text } = await post({ service: 'payment', rows: [{ payer: 'a|b', payee: 1 }] })
    expect(await get.text()).toBe(text)
    expect(get.headers.get('x-shoreline-revision')).toBe(String((JSON.parse(text) as { revision: number }).revision))
    const answer = await deployment.json<{ rows: unknown[] }>('get', 'profile', 'user_id=bob')
    expect(answer.rows).toEqual([{ visits: 0, score: 'NaN', city: null, seen: null }])
  })
})

describe('the typed client', () => {
  it('reads the declared types from the running Worker: int64 as bigint, NaN as a number', async () => {
    const client = createClient<typeof import('./features/users.ts')>({ url: deployment.url })
    const { row, meta } = await client.get('profile', { user_id: 'ada' })
    expect(row).toEqual({ visits: 9007199254740993n, score: 1.5, city: 'Köln', seen: '2026-02-20T09:59:59.123456Z' })
    expect(meta).toMatchObject({ service: 'profile@1', degraded: false, issues: [] })
    const { rows } = await client.getMany('payment', [{ payer: 'a|b', payee: 1n }])
    expect(rows).toEqual([{ visits: 8n, city: 'pipe', paid: 10n, rows_seen: 7n, visits_total: expect.any(BigInt) }])
  })

  it('throws what the Worker refused, with its code', async () => {
    const client = createClient<typeof import('./features/users.ts')>({ url: deployment.url })
    await expect(client.get('profile', { user_id: 'a\0' })).rejects.toMatchObject({ code: 'INVALID', status: 422 })
  })
})

describe('a request that is wrong', () => {
  const big = 'x'.repeat(10_240)
  const wrong: readonly [what: string, body: unknown, status: number, names: string][] = [
    ['an unknown service', { service: 'nope', rows: [{ user_id: 'a' }] }, 404, 'nope'],
    ['a name that objects have anyway', { service: 'constructor', rows: [{}] }, 404, 'constructor'],
    ['a version that does not exist', { service: 'profile@9', rows: [{ user_id: 'a' }] }, 404, 'no version 9'],
    ['a missing join key', { service: 'profile', rows: [{ user_id: 'a' }, {}] }, 422, 'rows[1]: the join key user_id'],
    ['an unknown field', { service: 'profile', rows: [{ user_id: 'a', userid: 'a' }] }, 422, 'userid'],
    ['a prototype as a field', '{"service":"profile","rows":[{"user_id":"a","__proto__":{"x":1}}]}', 422, '__proto__'],
    ['a number for a string', { service: 'profile', rows: [{ user_id: 5 }] }, 422, 'rows[0].user_id'],
    ['null for a join key', { service: 'profile', rows: [{ user_id: null }] }, 422, 'rows[0].user_id'],
    ['a fraction for an integer', { service: 'payment', rows: [{ payer: 'a', payee: 1.5 }] }, 422, 'rows[0].payee'],
    [
      'an integer written with an exponent, which may be rounded',
      '{"service":"payment","rows":[{"payer":"a","payee":9.007199254740993e18}]}',
      422,
      'without an exponent',
    ],
    [
      'an integer beyond int64',
      { service: 'payment', rows: [{ payer: 'a', payee: '9223372036854775808' }] },
      422,
      '9223372036854775807',
    ],
    [
      '1001 rows',
      { service: 'profile', rows: Array.from({ length: 1001 }, () => ({ user_id: 'a' })) },
      413,
      '1001 rows',
    ],
    ['no rows', { service: 'profile', rows: [] }, 400, 'rows'],
    ['a key of 10 kB', { service: 'profile', rows: [{ user_id: big }] }, 422, '10240 bytes'],
    ['a NUL in a key', { service: 'profile', rows: [{ user_id: 'ada\0' }] }, 422, 'NUL'],
    ['half a surrogate pair', '{"service":"profile","rows":[{"user_id":"\\ud800"}]}', 422, 'Unicode'],
    ['a body that is no JSON', '{"service":', 400, 'not JSON'],
    ['an empty body', '', 400, 'not JSON'],
    ['a list', [], 400, 'body'],
    ['null', null, 400, 'body'],
    ['an unknown option', { service: 'profile', rows: [{ user_id: 'a' }], max_agee: '1h' }, 400, 'max_agee'],
    ['an option of the wrong type', { service: 'profile', rows: [{ user_id: 'a' }], strict: 'yes' }, 400, 'strict'],
    ['an age that is none', { service: 'profile', rows: [{ user_id: 'a' }], max_age: '1 hour' }, 422, 'max_age'],
    ['rows that are no objects', { service: 'profile', rows: ['a'] }, 400, 'rows.0'],
  ]

  it.each(wrong)('%s is refused with a message that names it', async (_what, body, status, names) => {
    const { status: got, json } = await post(body)
    expect(got).toBe(status)
    expect(json).toEqual({
      error: {
        code: expect.stringMatching(/^[A-Z_]+$/),
        message: expect.stringContaining(names),
        details: expect.any(Object),
      },
      request_id: expect.any(String),
    })
  })

  it("with the separator in a key never gets another key's row", async () => {
    // As one key, "a|1" is what the parts "a" and "1" join to; as a part it is escaped.
    const { json } = await post({
      service: 'payment',
      rows: [
        { payer: 'a|1', payee: 1 },
        { payer: 'a|b|1', payee: 1 },
        { payer: 'a\\|b', payee: 1 },
      ],
      metadata: 'none',
    })
    expect((json['rows'] as { paid: unknown; visits: unknown }[]).map(({ paid, visits }) => [paid, visits])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ])
  })

  it('to an unknown address or with a request id of its own is answered in the same form', async () => {
    const response = await deployment.fetch('/v1/nothing', { headers: { 'x-request-id': 'mine-1' } })
    expect(response.status).toBe(404)
    expect(response.headers.get('x-request-id')).toBe('mine-1')
    expect(await response.json()).toMatchObject({ error: { code: 'UNKNOWN_NAME' }, request_id: 'mine-1' })
  })

  it('of rows times views beyond 5,000 is too large', async () => {
    const rows = Array.from({ length: 1000 }, () => ({ payer: 'a', payee: 1 }))
    expect((await post({ service: 'payment', rows, metadata: 'none' })).status).toBe(200) // 3,000
  })
})

describe('a deployment without AUTH', () => {
  it('answers 401 to everything but its health', async () => {
    const closed = await deploy({})
    try {
      const answers = await Promise.all(
        ['/v1/head', '/v1/registry', '/v1/services/x/features', '/nope'].map(
          async (path) => (await closed.fetch(path)).status,
        ),
      )
      expect(answers).toEqual([401, 401, 401, 401])
      expect((await closed.fetch('/v1/features', { method: 'POST', body: '{}' })).status).toBe(401)
      expect((await closed.fetch('/v1/rollback', { method: 'POST', body: '{}' })).status).toBe(401)
      expect((await closed.fetch('/health')).status).toBe(200)
      const refused = await closed.cli('status')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('API key')
    } finally {
      await closed.stop()
    }
  })

  it('refuses to run with a CLOCK', async () => {
    const wrong = await deploy({ CLOCK })
    try {
      expect((await wrong.fetch('/v1/head')).status).toBe(500)
    } finally {
      await wrong.stop()
    }
  })
})
