/** The page: what is chosen, which panel it is shown in, and what is said when the edge is not there. */
import type { Atlas } from './atlas.ts'
import { byId, select } from './dom.ts'
import { type Departure, said } from './features.ts'
import { flightPanel } from './flight.ts'
import { age } from './format.ts'
import { perFrame } from './frames.ts'
import { rankingPanel } from './ranking.ts'
import { type Choice, keepChoice, readChoice } from './state.ts'
import { startTabs } from './tabs.ts'
import { startTheme } from './theme.ts'

/** How often values are asked for again while somebody looks. The client's cache says whether that is a request. */
const AGAIN_MS = 60_000
/** How long newer values may take that are being asked for already. */
const SOON_MS = 3000

startTheme(byId('theme'))
const notice = byId('notice')

function say(text: string, kind: 'error' | 'offline' | ''): void {
  notice.hidden = text === ''
  notice.dataset['kind'] = kind
  if (notice.textContent !== text) notice.textContent = text
}

/** Asks for everything again. */
let again = (): void => {}
let soon: ReturnType<typeof setTimeout> | undefined

function told(meta: Departure['meta']): void {
  const offline = meta.offline || !navigator.onLine
  if (offline)
    say(`Offline. The edge answered these values ${age(meta.age)} ago; none of them is past its time.`, 'offline')
  else if (meta.degraded)
    say('The edge answers from an earlier revision, because it cannot read its newest.', 'offline')
  else say('', '')
  // Newer values are on their way, and then they are kept.
  if (meta.stale && !offline) {
    clearTimeout(soon)
    soon = setTimeout(() => again(), SOON_MS)
  }
}

async function start(): Promise<void> {
  const response = await fetch('atlas.json')
  if (!response.ok) throw new Error(`The list of airports is not there: ${response.status}.`)
  const atlas = (await response.json()) as Atlas
  let choice: Choice = readChoice(atlas)
  let ranking = false
  const flights = flightPanel(atlas, told)
  const rankings = rankingPanel(atlas, told)
  const slider = byId<HTMLInputElement>('minutes')

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (thrown) {
      say(said(thrown), 'error')
    }
  }
  const all = perFrame(() =>
    attempt(async () => {
      await (ranking ? rankings.show(choice) : flights.show(choice))
      document.documentElement.dataset['ready'] = 'true'
    }),
  )
  again = all
  const frame = perFrame(() => attempt(() => (ranking ? rankings.show(choice) : flights.move(choice))))

  const byCode = new Map(atlas.airports.map((one) => [one.code, one]))
  const option = (code: string): HTMLOptionElement => new Option(`${code}  ${byCode.get(code)?.city ?? ''}`, code)
  const fill = (): void => {
    const destinations = Object.keys(atlas.routes[choice.origin] ?? {})
    if (!destinations.includes(choice.destination)) choice = { ...choice, destination: destinations[0] ?? '' }
    select('origin').value = choice.origin
    select('destination').replaceChildren(...destinations.map(option))
    select('destination').value = choice.destination
    byId<HTMLButtonElement>('swap').disabled = atlas.routes[choice.destination]?.[choice.origin] === undefined
    slider.value = String(choice.minutes)
  }
  const choose = (change: Partial<Choice>): void => {
    choice = { ...choice, ...change }
    fill()
    keepChoice(choice)
    all()
  }
  select('origin').replaceChildren(...Object.keys(atlas.routes).map(option))
  select('origin').addEventListener('change', ({ target }) => choose({ origin: (target as HTMLSelectElement).value }))
  select('destination').addEventListener('change', ({ target }) =>
    choose({ destination: (target as HTMLSelectElement).value }),
  )
  byId('swap').addEventListener('click', () => choose({ origin: choice.destination, destination: choice.origin }))
  slider.addEventListener('input', () => {
    choice = { ...choice, minutes: Number(slider.value) }
    frame()
  })
  slider.addEventListener('change', () => keepChoice(choice))
  startTabs(byId('content').querySelector('[role=tablist]') as Element, (panel) => {
    ranking = panel === 'panel-ranking'
    document.documentElement.dataset['panel'] = ranking ? 'ranking' : 'flight'
    byId('risk-reading').hidden = ranking
    byId('ranking-reading').hidden = !ranking
    all()
  })
  fill()
  all()
  for (const event of ['online', 'offline']) addEventListener(event, all)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && all())
  setInterval(() => document.visibilityState === 'visible' && all(), AGAIN_MS)
}

start().catch((thrown: unknown) => say(said(thrown), 'error'))
// With it, the page opens without a network.
if ('serviceWorker' in navigator)
  void navigator.serviceWorker.register('service.js', { type: 'module' }).catch(() => {})
