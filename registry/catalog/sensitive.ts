/** Which tags say that data is not for everybody. Any value but a harmless one says so. */
const SENSITIVE: ReadonlySet<string> = new Set(['pii', 'phi', 'pci', 'sensitive', 'confidential'])
const HARMLESS: ReadonlySet<string> = new Set(['false', 'no', 'none'])

export function isSensitive(tag: string, value: string): boolean {
  return SENSITIVE.has(tag.toLowerCase()) && !HARMLESS.has(value.toLowerCase())
}

interface Tagged {
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * The features of a view that its own tags or theirs call sensitive: a feature's tag wins over its view's. What is inherited
 * from the columns of the sources is known to the catalog alone.
 */
export function sensitiveFeatures(
  view: Tagged & { readonly features: readonly (Tagged & { readonly name: string })[] },
): ReadonlySet<string> {
  const found = view.features.filter((feature) => hasSensitive({ tags: { ...view.tags, ...feature.tags } }))
  return new Set(found.map(({ name }) => name))
}

export function hasSensitive({ tags = {} }: Tagged): boolean {
  return Object.entries(tags).some(([tag, value]) => isSensitive(tag, value))
}
