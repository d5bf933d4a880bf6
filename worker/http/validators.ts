/** Conditional requests: https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */

/** Whether the caller has this representation already. Weak and strong validators compare alike here. */
export function matches(request: Request, etag: string): boolean {
  const given = request.headers.get('if-none-match')
  if (given === null) return false
  return given.trim() === '*' || given.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

/** What a 304 repeats: the headers that a cache updates. */
export function notModified(headers: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 304, headers: { ...headers } })
}
