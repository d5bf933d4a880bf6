/** Why an answer cannot be what it should be. Loaded where one is not, so that pages which never see one have nothing of it. */
import { parseType } from '../core/types.ts'
import { convert } from './convert.ts'
import { type ClientError, unreadable } from './error.ts'
import { isList, isObject } from './json.ts'
import type { ServicePlan } from './plan.ts'
import type { RawRow } from './raw.ts'
import type { Answer } from './request.ts'

/** Of `POST /v1/features`. */
export function wrongAnswer({ body, requestId }: Pick<Answer, 'body' | 'requestId'>, count: number): ClientError {
  const { service, revision, rows } = body
  if (typeof service !== 'string' || typeof revision !== 'number')
    return unreadable('The answer names no service or no revision. Check the url of the client.', requestId)
  if (!isList(rows) || rows.length !== count)
    return unreadable(`The answer does not hold the ${count} rows that were asked for.`, requestId)
  return unreadable(`Row ${rows.findIndex((row) => !isObject(row))} of the answer is not an object.`, requestId)
}

/** Of `GET /v1/services/{service}/plan`. */
export function wrongPlan({ body, requestId }: Pick<Answer, 'body' | 'requestId'>): ClientError {
  const { service, version, features } = body
  if (typeof service !== 'string' || typeof version !== 'number' || !isList(features))
    return unreadable('The plan of the service has no name, version or features.', requestId)
  for (const feature of features) {
    const { name, type } = isObject(feature) ? feature : {}
    if (typeof name !== 'string' || typeof type !== 'string') break
    try {
      parseType(type)
    } catch {
      const message = `The feature ${name} has the type ${type}, which this client does not know. Update it.`
      return unreadable(message, requestId)
    }
  }
  return unreadable('A feature in the plan of the service has no name or no type.', requestId)
}

/** Of values that are not of the types of the plan. */
export function wrongValue(rows: readonly RawRow[], { types }: ServicePlan): ClientError {
  for (const row of rows)
    for (const [name, value] of Object.entries(row)) {
      const type = types.get(name)
      if (!type) return unreadable(`The feature ${name} of the answer is not in the plan of the service.`)
      try {
        convert(value, type)
      } catch (error) {
        return unreadable(`The feature ${name} cannot be read: ${error instanceof Error ? error.message : error}.`)
      }
    }
  return unreadable('The answer cannot be read.')
}

export function wrongVersion(answered: string, { id }: ServicePlan): ClientError {
  return unreadable(`The answer is of ${answered} and its plan of ${id}.`)
}
