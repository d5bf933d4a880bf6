/** The doors that requests are counted at: a handful, whatever addresses callers make up. */

export type Door =
  /** `POST /v1/features` */
  | 'features'
  /** `GET /v1/services/{service}/features` */
  | 'row'
  /** `GET /v1/services/{service}/plan` */
  | 'plan'
  /** `POST /v1/push/{source}` */
  | 'push'
  /** Feast's reads */
  | 'feast'
  /** Feast's writes */
  | 'feast_push'
  /** Calls over a service binding */
  | 'rpc'
  /** The rest of `/v1` */
  | 'control'
  | 'metrics'
  /** `/health`, documents, and addresses that do not exist */
  | 'other'

export function doorOf(url: string): Door {
  const path = new URL(url).pathname
  switch (path) {
    case '/v1/features':
      return 'features'
    case '/get-online-features':
      return 'feast'
    case '/push':
    case '/write-to-online-store':
      return 'feast_push'
    case '/metrics':
      return 'metrics'
  }
  if (path.startsWith('/v1/push/')) return 'push'
  if (path.startsWith('/v1/services/')) return path.endsWith('/features') ? 'row' : 'plan'
  return path.startsWith('/v1/') ? 'control' : 'other'
}
