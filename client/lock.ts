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
  const deployment = Object.hasOwn(lock.deployments, base) ? lock.deployments[base] : undefined
  if (!deployment)
    throw new Error(
      `The lock file knows no deployment ${base}, only ${Object.keys(lock.deployments).join(', ')}. Run "shoreline apply --url ${base}", or leave lock out.`,
    )
  const { services } = deployment
  return (service) => {
    if (service.includes('@')) return service
    if (!Object.hasOwn(services, service))
      throw new Error(
        `The lock file has no version of ${service} at ${base}. Run "shoreline apply --url ${base}", or name a version: "${service}@1".`,
      )
    return `${service}@${services[service]}`
  }
}
