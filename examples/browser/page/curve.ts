/** The risk over the day, above the slider that chooses from it. */
import { svg } from './dom.ts'
import { percent } from './format.ts'

export interface Curve {
  /** @param risks at equal distances from midnight to midnight */
  draw(risks: readonly (number | null)[]): void
  mark(minutes: number, risk: number | null): void
}

export function curve(element: SVGSVGElement, top: HTMLElement): Curve {
  const area = svg('path', { class: 'area' })
  const line = svg('path', { class: 'line' })
  const rule = svg('path', { class: 'rule' })
  element.replaceChildren(area, line, rule)
  let highest = 1
  return {
    draw(risks) {
      highest = Math.max(0.1, Math.ceil(Math.max(0, ...risks.map((risk) => risk ?? 0)) * 11) / 10)
      const step = 1440 / Math.max(1, risks.length - 1)
      const points = risks.flatMap((risk, at) =>
        risk === null ? [] : [`${(at * step).toFixed(1)} ${(100 - (risk / highest) * 100).toFixed(2)}`],
      )
      const path = points.length > 0 ? `M${points.join('L')}` : ''
      line.setAttribute('d', path)
      area.setAttribute('d', path && `${path}L1440 100L0 100Z`)
      top.textContent = points.length > 0 ? percent(highest).replace('.0', '') : ''
    },
    mark(minutes, risk) {
      rule.setAttribute('d', risk === null ? '' : `M${minutes} 100V${(100 - (risk / highest) * 100).toFixed(2)}`)
    },
  }
}
