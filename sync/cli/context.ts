/** What every command has: where the deployment is, and how to speak to the person or the script that called. */
import { ShorelineError } from '../../core/errors.ts'
import { type Config, readConfig } from '../config.ts'
import { type Control, controlOf } from '../control.ts'
import type { Workplace } from '../materialize/materialize.ts'
import { type Progress, progressOn, SILENT } from '../progress.ts'
import { workplace } from '../workplace.ts'

/** Options of the program itself. */
export interface GlobalOptions {
  readonly url: string
  readonly key?: string
  readonly json?: boolean
  readonly quiet?: boolean
  /** Said on standard error even where standard output is for a program: of commands that have the option. */
  readonly progress?: boolean
  readonly debug?: boolean
}

export interface Context {
  readonly config: Config
  readonly control: Control
  readonly progress: Progress
  readonly json: boolean
  /** One JSON document, or the text for a person; nothing else goes to standard output. */
  print(document: unknown, text: () => string): void
  workplace(memory: string): Workplace
}

/** The same error, for which the command ends with 3: what was asked for is possible, and a check stands against it. */
export function failedCheck({ code, message, details, cause }: ShorelineError): ShorelineError {
  return new ShorelineError(code, message, { ...details, check: true }, cause)
}

export function contextOf(options: GlobalOptions): Context {
  const url = options.url.replace(/\/+$/, '')
  const config = readConfig()
  const control = controlOf({ url, key: options.key })
  const progress = options.quiet || (options.json && !options.progress) ? SILENT : progressOn(process.stderr)
  return {
    config,
    control,
    progress,
    json: options.json ?? false,
    print(document, text) {
      process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`)
    },
    workplace: (memory) => workplace({ url, key: options.key, memory, progress }),
  }
}
