/** The columns of a training set: the spine's own, then features, then what describes them. */
import { ShorelineError } from '../../core/errors.ts'
import type { TrainingColumn } from '../../registry/training.ts'
import { eventColumn, statusColumn, valueColumn } from './join.ts'
import type { PlannedOutput, TrainingPlan } from './plan.ts'
import type { Spine } from './spine/spine.ts'

export interface SetColumn extends TrainingColumn {
  /** SQL in the relation that `relationOf` names. */
  readonly sql: string
}

export interface ColumnOptions {
  readonly fullNames: boolean
  readonly statuses: boolean
  /** SQL of a feature that is computed on demand. */
  readonly computed: (entry: number, feature: number) => string
}

/** @throws ShorelineError INVALID for two columns of one name */
export function columnsOf(
  plan: TrainingPlan,
  spine: Spine,
  { fullNames, statuses, computed }: ColumnOptions,
): readonly SetColumn[] {
  const named = plan.outputs.map((output) => ({ output, name: fullNames ? output.fullName : output.name }))
  const sql = ({ from }: PlannedOutput): string =>
    'view' in from ? valueColumn(from.view, from.column) : computed(from.entry, from.feature)
  const columns: SetColumn[] = [
    ...spine.columns.map(({ name, type, is, column }): SetColumn => ({ name, type, from: 'spine', is, sql: column })),
    ...named.map(({ output, name }): SetColumn => {
      return { name, type: output.type, from: output.feature, is: 'feature', sql: sql(output) }
    }),
  ]
  if (statuses) {
    columns.push(
      ...named.map(({ output, name }): SetColumn => {
        const { from } = output
        const status =
          'view' in from
            ? statusColumn(from.view, from.column)
            : // A failure is null offline: TRY() does not tell one from the other.
              `case when ${sql(output)} is null then 'NULL_VALUE' else 'PRESENT' end`
        return { name: `${name}__status`, type: 'string', from: name, is: 'status', sql: status }
      }),
      ...plan.views.map(({ planned }, at): SetColumn => {
        const name = `${planned.as}__event_timestamp`
        return { name, type: 'timestamp', from: planned.view, is: 'event_timestamp', sql: eventColumn(at) }
      }),
    )
  }
  checkNames(columns, fullNames)
  return columns
}

/** DuckDB's names do not tell cases apart. */
function checkNames(columns: readonly SetColumn[], fullNames: boolean): void {
  const seen = new Map<string, SetColumn>()
  for (const column of columns) {
    const other = seen.get(column.name.toLowerCase())
    if (other) {
      const what = ({ from }: SetColumn): string => (from === 'spine' ? 'a column of the spine' : from)
      throw new ShorelineError(
        'INVALID',
        `${column.name} would be there twice: as ${what(other)} and as ${what(column)}. Rename the spine's column${fullNames ? '' : ', or take features with --full-names'}.`,
        { column: column.name },
      )
    }
    seen.set(column.name.toLowerCase(), column)
  }
}
