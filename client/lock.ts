/** Which version of each service to ask for, from the lock file that `shoreline apply` writes. */

/** `shoreline.lock.json`, imported as JSON. */
export interface Lock {
  /** By the URL of the deployment. */
  readonly deployments: Readonly<Record<string, { readonly services: Readonly<Record<string, number>> }>>
}

/** Turns a service's name into what is sent. */
export type Reference = (service: string) => string

/** @throws Error when the lock does not know the deployment, or later the service: an unlocked answer would look like a locked one */
export function referenceOf(base: string, lock: Lock | undefined): Reference {
  if (!lock) return (service) => service
  const problem = (what: string, instead: string): Error =>
    new Error(`The lock file ${what}. Run "shoreline apply --url ${base}", or ${instead}.`)
  const known = Object.keys(lock.deployments)
  const { services } = lock.deployments[base] ?? {}
  if (!services || !known.includes(base))
    throw problem(`knows no deployment ${base}, only ${known.join(', ')}`, 'leave lock out')
  return (service) => {
    if (service.includes('@')) return service
    if (!Object.hasOwn(services, service))
      throw problem(`has no version of ${service} at ${base}`, `name a version: "${service}@1"`)
    return `${service}@${services[service]}`
  }
}
