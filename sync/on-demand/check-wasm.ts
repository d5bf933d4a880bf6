/** Whether a WebAssembly module has what its on-demand view says, before anything is registered. */
import { messageOf, ShorelineError } from '../../core/errors.ts'
import type { OnDemandDefinition } from '../../registry/objects.ts'

/** WebAssembly as far as it is used here: neither the types of Node nor those of the language have it. */
interface Api {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(
    module: object,
    imports: object,
  ): Promise<{ readonly exports: Readonly<Record<string, ((...args: never) => unknown) | object>> }>
  readonly Module: { imports(module: object): readonly { readonly module: string; readonly name: string }[] }
}

/** @throws ShorelineError INVALID naming the view and what the module lacks */
export async function checkWasm({ name, form }: OnDemandDefinition, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (form.kind !== 'wasm') return
  const subject = `onDemandView ${name}: wasm`
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: Api }
  const module = await api
    .compile(bytes)
    .catch((thrown: unknown): never => refuse(subject, `the file is no WebAssembly module: ${messageOf(thrown)}.`))
  const imports = api.Module.imports(module).map((one) => `${one.module}.${one.name}`)
  if (imports.length > 0)
    refuse(subject, `the module imports ${imports.join(', ')}, and it gets nothing. Build it without imports.`)
  const { exports } = await api
    .instantiate(module, {})
    .catch((thrown: unknown): never => refuse(subject, `the module cannot be started: ${messageOf(thrown)}.`))
  const call = exports[form.export]
  const functions = Object.keys(exports).filter((one) => typeof exports[one] === 'function')
  if (typeof call !== 'function')
    return refuse(
      subject,
      `the module exports no function ${form.export}. ${functions.length === 0 ? 'It exports none.' : `It exports ${functions.join(', ')}.`}`,
    )
  if (call.length !== form.args.length)
    refuse(subject, `${form.export} takes ${call.length} parameters, and args lists ${form.args.length}.`)
}

function refuse(subject: string, what: string): never {
  throw new ShorelineError('INVALID', `${subject}: ${what}`)
}
