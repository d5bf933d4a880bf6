/** An on-demand view in SQL, made ready: each feature is a closure over the row. */
import { compileExpression, type Packs } from '../expressions/compile.ts'
import { readExpression } from '../expressions/tree.ts'
import { type Evaluate, type RuntimeValue, runtimeReader, storedWriter } from '../expressions/values.ts'
import type { PlanSqlEntry } from '../plan.ts'
import { parseType } from '../types.ts'
import { Column, type RunEntry, type Values } from './column.ts'

/** @throws ShorelineError INVALID for an expression of a format that is not read, or that calls what no pack has */
export function runSql({ inputs, width, features }: PlanSqlEntry, packs: Packs): RunEntry {
  const empty = new Array<RuntimeValue>(width).fill(null)
  for (const { at, type, from } of inputs)
    if ('constant' in from) empty[at] = runtimeReader(parseType(type))(from.constant)
  const places = inputs.flatMap(({ at, type, from }, input): readonly Place[] =>
    'constant' in from ? [] : [{ at, input, read: runtimeReader(parseType(type)) }],
  )
  const ready = features.map(
    ({ expression, type }): SqlFeature => ({
      evaluate: compileExpression(readExpression(expression), packs),
      write: storedWriter(parseType(type)),
    }),
  )
  return (columns, rows) => {
    const found = ready.map(() => new Column())
    const row = [...empty]
    for (let at = 0; at < rows; at++) {
      fillRow(row, places, columns, at)
      for (let feature = 0; feature < ready.length; feature++) addSql(found[feature], row, ready[feature])
    }
    return found
  }
}

interface Place {
  /** In the row that expressions read. */
  readonly at: number
  /** Among the entry's inputs. */
  readonly input: number
  readonly read: ReturnType<typeof runtimeReader>
}

function fillRow(row: RuntimeValue[], places: readonly Place[], columns: readonly Values[], at: number): void {
  for (let one = 0; one < places.length; one++) {
    const place = places[one]
    if (place) row[place.at] = place.read(columns[place.input]?.[at] ?? null)
  }
}

interface SqlFeature {
  readonly evaluate: Evaluate
  readonly write: ReturnType<typeof storedWriter>
}

function addSql(column: Column | undefined, row: readonly RuntimeValue[], feature: SqlFeature | undefined): void {
  if (!column || !feature) return
  try {
    column.add(feature.write(feature.evaluate(row)))
  } catch {
    column.addInvalid()
  }
}
