import { ShorelineError } from '../../core/errors.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { columnOf, createdColumn } from '../materialize/typed.ts'
import { type CheckedSource, noColumn } from './sources.ts'

/**
 * A view without SQL takes its columns from the source as they are: each must be there.
 * @throws ShorelineError INVALID naming every one that is not
 */
export function checkViewColumns(view: ViewObject, [read]: readonly CheckedSource[]): void {
  if (view.sql !== undefined || !read) return
  const names = read.columns.map((column) => column.name)
  const created = createdColumn(view)
  const wanted = [
    ...view.join_keys.map(({ name }) => [`join key ${name}`, columnOf(read.source, name)]),
    ['timestamp', view.timestamp],
    ...(created === undefined ? [] : [['created', created]]),
    ...view.features.map(({ name }) => [`feature ${name}`, columnOf(read.source, name)]),
  ]
  const problems = wanted.flatMap(([what = '', column = '']) =>
    names.some((name) => name.toLowerCase() === column.toLowerCase())
      ? []
      : [
          `${noColumn(`view ${view.name}: ${what}`, column, names)} Where a column has another name, say so in the source: columns: { name: 'COLUMN' }.`,
        ],
  )
  if (problems.length > 0) throw new ShorelineError('INVALID', problems.join('\n'), { problems })
}
