/** An on-demand view in WebAssembly, made ready. */
import type { PlanInput, PlanWasmEntry } from '../plan.ts'
import { parseType, type ValueType } from '../types.ts'
import type { StoredValue } from '../values.ts'
import { Column, type RunEntry, type Values } from './column.ts'
import { type CodeModules, instanceOf } from './modules.ts'
import { type WasmCall, wasmCall } from './wasm.ts'

/** A function whose argument is null is not called: its features are null. */
export function runWasm(entry: PlanWasmEntry, modules: CodeModules): RunEntry {
  const { view, inputs, args, features } = entry
  const typeOf = (input: PlanInput | undefined): ValueType => parseType(input?.type ?? '')
  const signature = {
    view,
    export: entry.export,
    args: args.map((at) => typeOf(inputs[at])),
    returns: features.map(({ type }) => parseType(type)),
  }
  const constants = inputs.map(({ from }) => ('constant' in from ? from.constant : null))
  const fresh = (): WasmCall => wasmCall(instanceOf(modules, entry.code, view), signature)
  let call: WasmCall | null = fresh()
  const resultsOf = (given: readonly StoredValue[]): Values | null => {
    try {
      call ??= fresh()
      return call(given)
    } catch {
      // What trapped may have left its memory half written: the next row gets another one.
      call = null
      return null
    }
  }
  return (columns, rows) => {
    const found = features.map(() => new Column())
    for (let at = 0; at < rows; at++) {
      const given = args.map((input) => constants[input] ?? columns[input]?.[at] ?? null)
      const values = given.includes(null) ? features.map(() => null) : resultsOf(given)
      for (let feature = 0; feature < found.length; feature++)
        if (values) found[feature]?.add(values[feature] ?? null)
        else found[feature]?.addInvalid()
    }
    return found
  }
}
