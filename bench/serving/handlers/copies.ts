/**
 * Blocks enough that an isolate can keep next to none of them: one view of cards and its copies, which hold the same rows
 * under names of their own. The store keeps the first and answers for the others.
 */
export const CARD_VIEWS = 32

const VIEW = /card_activity_[0-9]+/
const FIRST = cardView(0)

export function cardView(copy: number): string {
  return `card_activity_${copy}`
}

/** The key, or the view, that the store keeps. */
export function keptName(name: string): string {
  return name.replace(VIEW, FIRST)
}

/** The block as the copy that the key names would have it. */
export function asNamed(key: string, block: string): string {
  const [view] = VIEW.exec(key) ?? []
  return view === undefined || view === FIRST ? block : block.replace(FIRST, view)
}
