/**
 * Which route needs which scope: all of it in one table. What is not in the table is for `admin` alone, and
 * `test/workerd/closed.test.ts` walks the router to see that everything is.
 */
import { ShorelineError } from '../../core/errors.ts'
import { allowsSome, type Permission } from '../../registry/scopes.ts'
import { type Caller, demand } from './caller.ts'

export interface Access {
  /** One of them is enough; none: anybody may. */
  readonly anyOf: readonly Permission[]
  /** The scope may be for one service alone. Whoever reads which one from the path or the body checks it. */
  readonly ofService?: true
  /** The scope may be for one push source alone. */
  readonly ofSource?: true
  /** Browser tokens are good here. */
  readonly tokens?: true
}

const READ: Access = { anyOf: ['registry:read'] }
const CHANGE: Access = { anyOf: ['registry:write'] }
const SYNC: Access = { anyOf: ['sync:write'] }
const KEYS: Access = { anyOf: ['admin'] }

/** Method and path as the router has them. `registry:write` and `sync:write` imply `registry:read`; `admin` implies all. */
export const ACCESS: ReadonlyMap<string, Access> = new Map(
  Object.entries({
    'GET /health': { anyOf: [] },
    // The same for every deployment of this version: nothing in them is anybody's.
    'GET /openapi.json': { anyOf: [] },
    'GET /docs': { anyOf: [] },

    'POST /v1/features': { anyOf: ['features:read'], ofService: true, tokens: true },
    'GET /v1/services/:service/features': { anyOf: ['features:read'], ofService: true, tokens: true },
    'GET /v1/services/:service/plan': { anyOf: ['features:read'], ofService: true, tokens: true },
    'POST /get-online-features': { anyOf: ['features:read'], ofService: true },
    'POST /search': { anyOf: ['features:read'] },
    'POST /retrieve-online-documents': { anyOf: ['features:read'] },
    'POST /push': { anyOf: ['push:write'], ofSource: true },
    'POST /write-to-online-store': { anyOf: ['push:write'], ofSource: true },
    'POST /materialize': SYNC,
    'POST /materialize-incremental': SYNC,

    'POST /v1/push/:source': { anyOf: ['push:write'], ofSource: true },

    'GET /metrics': READ,
    'GET /v1/head': READ,
    'GET /v1/code': READ,
    'GET /v1/registry': READ,
    'GET /v1/registry/entities/:object': READ,
    'GET /v1/registry/sources/:object': READ,
    'GET /v1/registry/views/:object': READ,
    'GET /v1/registry/services/:object': READ,
    'GET /v1/registry/lineage': READ,
    'GET /v1/registry/search': READ,
    'GET /v1/views/:view/snapshots': READ,
    'GET /v1/lake/:service': { anyOf: ['lake:read'], ofService: true },
    'GET /v1/lake/:service/object': { anyOf: ['lake:read'], ofService: true },
    'POST /v1/registry/plan': READ,
    'POST /v1/registry/apply': CHANGE,
    'POST /v1/registry/retire': CHANGE,

    'POST /v1/runs': SYNC,
    'POST /v1/runs/:run/computed': SYNC,
    'PUT /v1/runs/:run/blocks/:first': SYNC,
    'POST /v1/runs/:run/fail': SYNC,
    'POST /v1/runs/:run/lease': SYNC,
    'POST /v1/runs/:run/report': SYNC,
    'GET /v1/runs': READ,
    'GET /v1/runs/:run': READ,
    'POST /v1/runs/:run/cancel': SYNC,
    'POST /v1/publish': SYNC,
    'POST /v1/rollback': SYNC,
    'POST /v1/hold': SYNC,
    'POST /v1/resume': SYNC,
    'POST /v1/gc': SYNC,
    'POST /v1/runs/:run/missing': SYNC,
    'GET /v1/quarantine': READ,
    'POST /v1/quarantine/release': SYNC,

    'POST /v1/sync/heartbeat': SYNC,
    'GET /v1/sync': READ,

    'POST /v1/training-sets': SYNC,
    'POST /v1/training-sets/:name/:version/complete': SYNC,
    'GET /v1/training-sets': READ,
    'GET /v1/training-sets/:set': READ,

    'GET /v1/keys': KEYS,
    'POST /v1/keys': KEYS,
    'POST /v1/keys/:key/revoke': KEYS,
    'POST /v1/tokens': { anyOf: ['tokens:issue'] },
  } satisfies Record<string, Access>),
)

const UNDECLARED: Access = { anyOf: ['admin'] }

export function accessOf(method: string, path: string): Access {
  return ACCESS.get(`${method} ${path}`) ?? UNDECLARED
}

/** @throws ShorelineError FORBIDDEN */
export function admit(caller: Caller, access: Access): void {
  if (caller.grant !== null) {
    if (access.tokens === true) return
    throw new ShorelineError('FORBIDDEN', 'A browser token reads features and nothing else. Send an API key.')
  }
  // Which service it is, is not known yet; a key with a scope for none of them is refused before its body is read.
  const narrow = access.ofService === true || access.ofSource === true
  if (narrow && access.anyOf.some((one) => allowsSome(caller.scopes, one))) return
  demand(caller, access.anyOf)
}
