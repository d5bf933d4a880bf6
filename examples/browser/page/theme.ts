/** Light, dark, or what the system says; remembered on this device. */
const KEY = 'theme'

export function startTheme(switcher: HTMLElement): void {
  const apply = (theme: string): void => {
    document.documentElement.dataset['theme'] = theme
  }
  const kept = read()
  apply(kept)
  const input = switcher.querySelector<HTMLInputElement>(`input[value="${kept}"]`)
  if (input) input.checked = true
  switcher.addEventListener('change', (event) => {
    const { value } = event.target as HTMLInputElement
    apply(value)
    try {
      localStorage.setItem(KEY, value)
    } catch {
      // Storage may be forbidden; then it lasts as long as the page.
    }
  })
}

function read(): string {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  } catch {
    return 'auto'
  }
}
