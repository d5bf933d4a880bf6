/** Tabs as the WAI-ARIA practices have them: arrow keys move, and what is chosen is shown. */
export function startTabs(list: Element, chosen: (panel: string) => void): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role=tab]')]
  const choose = (tab: HTMLElement): void => {
    for (const one of tabs) {
      const is = one === tab
      one.setAttribute('aria-selected', String(is))
      one.tabIndex = is ? 0 : -1
      const panel = document.getElementById(one.getAttribute('aria-controls') ?? '')
      if (panel) panel.hidden = !is
    }
    chosen(tab.getAttribute('aria-controls') ?? '')
  }
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab))
    tab.addEventListener('keydown', (event) => {
      const steps: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }
      const step = steps[event.key]
      const next = step === undefined ? undefined : tabs.at(step % tabs.length)
      if (!next) return
      event.preventDefault()
      choose(next)
      next.focus()
    })
  }
}
