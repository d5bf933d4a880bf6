/** Elements of the page: one that is missing is a fault of ours. */
export function byId<E extends Element = HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (!found) throw new Error(`The page has no #${id}`)
  return found as unknown as E
}

export function select(id: string): HTMLSelectElement {
  return byId<HTMLSelectElement>(id)
}

/** The cells of a row of a table, heads included. */
export function cells(row: Element): readonly HTMLElement[] {
  return [...row.children] as HTMLElement[]
}

/** Writes only what is different: a frame that changes little costs little. */
export function write(element: Element | undefined, text: string): void {
  if (element && element.textContent !== text) element.textContent = text
}

const SVG = 'http://www.w3.org/2000/svg'

export function svg(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}
