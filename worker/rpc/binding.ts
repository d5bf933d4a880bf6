/**
 * What a service binding lets its Worker ask for. Who may bind is the account's business: there is no key. A binding with
 * `props = { services = ["flight_delay"] }` is for these services alone; the caller can neither see nor change them
 * (https://developers.cloudflare.com/workers/runtime-apis/context/#props).
 */
import * as z from 'zod'
import { ShorelineError } from '../../core/errors.ts'
import { isName } from '../../core/name.ts'
import type { Asked } from '../serving/serve.ts'

export interface FeaturesProps {
  /** Names without versions; all services where it is absent. */
  readonly services?: readonly string[]
}

const props = z.strictObject({ services: z.array(z.string().refine(isName)).optional() })

/**
 * Props that cannot be read allow nothing: whoever wrote them meant to restrict.
 * @throws ShorelineError FORBIDDEN
 */
export function demandBinding(given: unknown, { service, features }: Asked): void {
  const read = props.safeParse(given ?? {})
  if (!read.success)
    throw new ShorelineError(
      'FORBIDDEN',
      'The props of this service binding cannot be read. Write props = { services = ["flight_delay"] }, names without versions, or none.',
    )
  const { services } = read.data
  if (services === undefined) return
  const list = services.join(', ') || 'no service'
  if (features.length > 0)
    throw new ShorelineError(
      'FORBIDDEN',
      `This service binding is for ${list}, by its props; it cannot name features one by one.`,
    )
  const [name = ''] = service.split('@')
  if (!services.includes(name))
    throw new ShorelineError(
      'FORBIDDEN',
      `This service binding is for ${list}, by its props, not for ${JSON.stringify(name.slice(0, 80))}.`,
    )
}
