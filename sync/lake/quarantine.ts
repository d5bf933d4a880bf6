/** Which source objects a sync and a training set read: those that nobody has put into quarantine. */

interface ObjectVersion {
  readonly uri: string
  readonly etag: string
}

/**
 * Without the very versions that are in quarantine: an object that was replaced has another ETag, and is read again.
 * @returns in the order given; `leftOut` says what to tell the person
 */
export function withoutQuarantined<T extends ObjectVersion>(
  objects: readonly T[],
  quarantined: readonly ObjectVersion[],
): { readonly objects: readonly T[]; readonly leftOut: readonly T[] } {
  const etags = Map.groupBy(quarantined, ({ uri }) => uri)
  const isLeftOut = ({ uri, etag }: T): boolean => etags.get(uri)?.some((one) => one.etag === etag) ?? false
  return { objects: objects.filter((one) => !isLeftOut(one)), leftOut: objects.filter(isLeftOut) }
}
