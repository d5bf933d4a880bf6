/**
 * The one place where an error becomes what Feast's clients understand: a JSON string that itself is JSON, naming one of
 * Feast's own exceptions, which the client raises. Status codes are those of our own surface; the request's id is in its header.
 */
import type { ShorelineError } from '../../core/errors.ts'
import { JSON_TYPE, problemOf } from '../http/respond.ts'
import { ValidationProblem } from './validation.ts'

const PATHS: ReadonlySet<string> = new Set([
  '/get-online-features',
  '/push',
  '/write-to-online-store',
  '/materialize',
  '/materialize-incremental',
  '/search',
  '/retrieve-online-documents',
])

/** Whether what goes wrong at this path is said in Feast's form. */
export function isFeastPath(path: string): boolean {
  return PATHS.has(path)
}

export function feastErrorResponse(thrown: unknown, requestId: string): Response {
  if (thrown instanceof ValidationProblem)
    return new Response(JSON.stringify({ detail: thrown.detail }), {
      status: 422,
      headers: { 'content-type': JSON_TYPE, 'x-request-id': requestId },
    })
  const { error, status: own, headers } = problemOf(thrown, requestId)
  // Feast's own status for this one; for everything else it has those of our surface.
  const status = 'push_source' in error.details ? 422 : own
  const detail = `{"module": "feast.errors", "class": "${exceptionOf(error)}", "message": ${JSON.stringify(error.message)}}`
  return new Response(JSON.stringify(detail), { status, headers })
}

/** For a path of Feast's with a method that it does not have. */
export function methodNotAllowed(requestId: string): Response {
  return new Response('{"detail":"Method Not Allowed"}', {
    status: 405,
    headers: { 'content-type': JSON_TYPE, 'x-request-id': requestId, allow: 'POST' },
  })
}

/** `FeastError`, the base of them all, where Feast has no exception for it. */
function exceptionOf({ code, details }: ShorelineError): string {
  switch (code) {
    case 'UNKNOWN_NAME':
      if ('push_source' in details) return 'PushSourceNotFoundException'
      if ('feature' in details) return 'FeastObjectNotFoundException'
      if ('view' in details) return 'FeatureViewNotFoundException'
      return 'service' in details ? 'FeatureServiceNotFoundException' : 'FeastObjectNotFoundException'
    case 'UNAUTHENTICATED':
    case 'FORBIDDEN':
      return 'FeastPermissionError'
    case 'INVALID':
      return 'collision' in details ? 'FeatureNameCollisionError' : 'FeastError'
    default:
      return 'FeastError'
  }
}
