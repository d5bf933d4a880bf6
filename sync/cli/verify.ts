/** `shoreline verify`: whether what is served is what training sees. */
import { Command } from 'commander'
import { ShorelineError } from '../../core/errors.ts'
import type { Difference, Verified } from '../verify/report.ts'
import { type Verification, verify } from '../verify/verify.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { readCount } from './count.ts'
import { table } from './table.ts'

/** A check failed. */
const DIFFERENT = 3

interface VerifyFlags extends GlobalOptions {
  readonly rows: number
  readonly service?: string
  readonly memory: string
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'compare what is served with the snapshots and with on-demand views computed offline; exit 3 on a difference',
    )
    .argument('[view...]', 'views of either kind, or view@version; everything that services read when none is given')
    .option('--rows <n>', 'how many rows of each view', readCount, 1000)
    .option('--service <service>', 'only what this service reads')
    .option('--memory <size>', 'how much memory it may take', '2GB')
    .action(async (names: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<VerifyFlags>()
      const context = contextOf(options)
      const { rows, service } = options
      const found = await verify(context.workplace(options.memory), names, {
        rows,
        ...(service === undefined ? {} : { service }),
      })
      if (found.views.length === 0)
        throw new ShorelineError('INVALID', 'Nothing is registered that could be compared. Run "shoreline apply".')
      context.print(found, () => verifiedText(found))
      if (found.views.some(({ different }) => different > 0)) process.exitCode = DIFFERENT
      else refuseUncompared(found, names.length > 0)
    })
}

/**
 * What was not looked at must not pass for what agrees: of views that are named each is compared, else at least one.
 * @throws ShorelineError INVALID
 */
function refuseUncompared({ views }: Verification, named: boolean): void {
  const uncompared = views.filter(({ rows }) => rows === 0)
  if (uncompared.length === 0 || (!named && uncompared.length < views.length)) return
  throw new ShorelineError(
    'INVALID',
    `Not one row was compared of ${uncompared.map(({ view }) => view).join(', ')}, so that nothing is known of what is served. The report says why.`,
  )
}

function verifiedText({ revision, views }: Verification): string {
  const compared = views.filter((one) => one.skipped === undefined)
  const rows = compared.map((one) => [one.view, one.form, one.rows, one.equal, one.different])
  return [
    `revision ${revision}`,
    ...(rows.length === 0 ? [] : [table(['view', 'form', 'rows compared', 'equal', 'different'], rows)]),
    ...views.flatMap(notes),
    ...views.flatMap(({ view, differences }) => differences.map((one) => `\n${differenceText(view, one)}`)),
  ].join('\n')
}

function notes({ view, moved, skipped }: Verified): readonly string[] {
  if (skipped !== undefined) return [`${view} was not compared: ${skipped}`]
  return moved === 0 ? [] : [`${view}: ${moved} more rows expired or were pushed while they were asked for`]
}

function differenceText(view: string, { feature, row, inputs, online, offline }: Difference): string {
  const members = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${short(value)}`)
      .join(' ')
  return [
    `${view}: ${feature} of ${members(row) || 'the one row'}`,
    ...(inputs ? [`  computed from ${members(inputs)}`] : []),
    `  online  ${short(online)}`,
    `  offline ${short(offline)}`,
  ].join('\n')
}

/** The rest of a long value is in `--json`. */
const SHOWN = 120

function short(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
