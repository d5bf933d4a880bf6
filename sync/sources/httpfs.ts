/**
 * Parquet objects read in R2 where they are, by DuckDB's extension `httpfs`: `sync --reader httpfs`. It fetches the column
 * chunks that a query needs and keeps no copies, which pays where a view reads a few columns of a lake that one machine does
 * not hold. It is never installed at run time: nothing is, see `duckdb.ts`.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { query, withDuckDB } from '../duckdb.ts'
import type { LakeObject } from '../lake/lake.ts'
import type { R2Access } from '../lake/r2-lake.ts'
import { literal } from '../sql/text.ts'

const OR_ELSE = 'Or leave --reader out: objects are then copied to .shoreline/cache and read there.'

/**
 * Refuses what cannot work, before anything is listed.
 * @param spill where DuckDB may write
 * @throws ShorelineError INVALID with the fix
 */
export async function requireHttpfs(access: R2Access | undefined, spill: string): Promise<void> {
  if (access) endpointOf(access)
  await withDuckDB({ spill, memory: '500MB' }, loadHttpfs)
}

/**
 * Makes the objects of the account's buckets readable as `s3://bucket/key`.
 * @throws ShorelineError INVALID with the fix
 */
export async function prepareHttpfs(db: DuckDBConnection, access: R2Access): Promise<void> {
  const secret = secretSql(access)
  await loadHttpfs(db)
  for (const sql of [...SETTINGS, secret])
    await db.run(sql).catch((thrown: unknown) => {
      // DuckDB repeats what it does not understand.
      const said = messageOf(thrown).replaceAll(access.secretAccessKey, '…').split('\n')[0]
      throw new ShorelineError('INVALID', `--reader httpfs: DuckDB refuses its settings (${said}). ${OR_ELSE}`)
    })
}

/** An outage of a few seconds is survived, as in `lake/retry.ts`. */
const SETTINGS: readonly string[] = ['set http_retries = 4', 'set http_retry_wait_ms = 200', 'set http_timeout = 60']

async function loadHttpfs(db: DuckDBConnection): Promise<void> {
  try {
    await db.run('load httpfs')
  } catch (thrown) {
    const [about] = await query(db, 'select library_version as version from pragma_version()')
    throw new ShorelineError(
      'INVALID',
      `--reader httpfs: DuckDB's extension httpfs is not on this machine, and a sync installs nothing. Run "install httpfs" once in DuckDB ${String(about?.['version'])}, as the user of the sync. ${OR_ELSE}`,
      {},
      thrown,
    )
  }
}

/** SQL of the key to every bucket of the account, for this database only. */
export function secretSql(access: R2Access): string {
  const { host, ssl } = endpointOf(access)
  return `create or replace temporary secret shoreline_r2 (type s3, provider config, key_id ${literal(access.accessKeyId)}, secret ${literal(access.secretAccessKey)}, endpoint ${literal(host)}, use_ssl ${ssl}, url_style 'path', region 'auto')`
}

/** httpfs signs for a host, and knows no path before the bucket. */
function endpointOf({ endpoint }: R2Access): { readonly host: string; readonly ssl: boolean } {
  const url = new URL(endpoint)
  if (url.pathname !== '/')
    throw new ShorelineError(
      'INVALID',
      `--reader httpfs: the R2 endpoint ${endpoint} has a path, as the one of the local Worker, and httpfs reads only hosts. ${OR_ELSE}`,
    )
  return { host: url.host, ssl: url.protocol === 'https:' }
}

/**
 * Where DuckDB reads the objects.
 * @throws ShorelineError INVALID for a key that it would take for a pattern or a query
 */
export function httpfsFiles(objects: readonly LakeObject[]): readonly string[] {
  return objects.map(({ uri }) => {
    const wild = /[*?[\]{}]/.exec(uri)?.[0]
    if (wild !== undefined)
      throw new ShorelineError(
        'INVALID',
        `--reader httpfs: ${uri} has a ${wild} in its key, which DuckDB takes for a pattern. Rename the object. ${OR_ELSE}`,
      )
    return uri.replace(/^r2:/, 's3:')
  })
}
