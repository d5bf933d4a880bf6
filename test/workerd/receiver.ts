/**
 * Where the Worker under test sends its webhooks: it runs outside of workerd and remembers what came, by path. `GET` answers
 * what was posted there; `PUT` with a number is the status that it answers from then on.
 */
import { type Request, Response } from 'miniflare'

export const RECEIVER = 'http://receiver.test'

const posted = new Map<string, unknown[]>()
const statuses = new Map<string, number>()

export async function receive(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  if (host !== new URL(RECEIVER).host) return new Response('There is no internet here.', { status: 502 })
  const known = posted.get(pathname) ?? []
  if (request.method === 'GET') return Response.json(known)
  if (request.method === 'PUT') {
    statuses.set(pathname, Number(await request.text()))
    return new Response()
  }
  posted.set(pathname, [...known, await request.json()])
  return new Response(null, { status: statuses.get(pathname) ?? 200 })
}
