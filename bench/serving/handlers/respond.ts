/** The headers that Shoreline answers with: the same names, and values of the same length. */
export function respond(body: string, keysRead: number): Response {
  return new Response(body, {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': '01234567-abc',
      'x-shoreline-revision': '1',
      'server-timing': `kv;desc="${keysRead} keys"`,
    },
  })
}
