import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import { parseTimestamp } from '../../core/values.ts'
import type { FeaturesAnswer } from '../../registry/wire/features.ts'
import { type Context, contextOf, type GlobalOptions } from './context.ts'
import { table } from './table.ts'

export function getCommand(): Command {
  return new Command('get')
    .description('one feature vector, with statuses and ages')
    .argument('<service>', 'a service, or service@version')
    .argument('[key=value...]', 'join keys')
    .action(async (service: string, pairs: readonly string[], _options: unknown, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalOptions>())
      const answer = await context.control.features(service, readPairs(pairs))
      const { now } = context.json ? { now: '' } : await clockOf(context)
      context.print(answer, () => vectorText(answer, now))
    })
}

/** The deployment's, or ours for a key that reads features and nothing else. */
async function clockOf({ control }: Context): Promise<{ readonly now: string }> {
  try {
    return await control.head()
  } catch (thrown) {
    if (thrown instanceof ShorelineError && thrown.code === 'FORBIDDEN') return { now: new Date().toISOString() }
    throw thrown
  }
}

/** `origin=SFO`; what is a boolean goes as one, everything else as text, which the server reads by declared type. */
function readPairs(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  const row = new Map<string, unknown>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at <= 0) throw new ShorelineError('INVALID', `${pair} is not key=value. Write the join keys as in origin=SFO.`)
    const text = pair.slice(at + 1)
    row.set(pair.slice(0, at), text === 'true' ? true : text === 'false' ? false : text)
  }
  return Object.fromEntries(row)
}

function vectorText(answer: FeaturesAnswer, now: string): string {
  const [row = {}] = answer.rows ?? []
  const [statuses = {}] = answer.statuses ?? []
  const features = Object.entries(row).map(([name, value]) => [name, JSON.stringify(value), statuses[name] ?? ''])
  const views = (answer.views ?? []).map((view) => {
    const [at] = view.event_timestamps ?? []
    return [view.as, view.view, view.snapshot ?? 'pushed', at ?? '-', at ? age(at, now) : 'no row']
  })
  const title = `${answer.service}, revision ${answer.revision}${answer.degraded ? ', DEGRADED' : ''}`
  return [
    title,
    '',
    table(['feature', 'value', 'status'], features),
    '',
    table(['role', 'view', 'snapshot', 'event timestamp', 'age'], views),
  ].join('\n')
}

function age(at: string, now: string): string {
  const hours = ((parseTimestamp(now) ?? 0) - (parseTimestamp(at) ?? 0)) / 3_600_000_000
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} d`
}
