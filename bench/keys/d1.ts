/** D1 as workerd's binding speaks to it over HTTP, with one answer to every query: the row of the key. */
interface Env {
  readonly COLUMNS: readonly string[]
  readonly ROW: readonly unknown[]
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    return Response.json({ success: true, results: { columns: env.COLUMNS, rows: [env.ROW] }, meta: {} })
  },
}
