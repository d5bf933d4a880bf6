/**
 * Views enough for wide services, and blocks enough that an isolate can keep next to none of them: one view of customers
 * and its copies, which hold the same rows under names of their own. The store keeps the first and answers for the others.
 */

/** Views of the widest service. */
export const DECK_VIEWS = 25

const VIEW = /activity_[0-9]+_[0-9]+/
const FIRST = copyName(0, 0)

/** @param deck a set of copies that only some requests read: none finds what another has fetched */
export function copyName(deck: number, view: number): string {
  return `activity_${deck}_${view}`
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
