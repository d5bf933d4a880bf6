/**
 * Statistics of a snapshot's features, in two scans. The first has all that one pass can know, and approximates quantiles,
 * frequent values and numbers of distinct values. Those say where the second, cheap one has to look: it counts a histogram,
 * how often the frequent values occur, and the distinct values, exactly or of a part that hashes choose.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { parseType, typeText } from '../../core/types.ts'
import { timestampText } from '../../core/values.ts'
import { sensitiveFeatures } from '../../registry/catalog/sensitive.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { type FeatureStatistics, keptCharacters, keptValues, type SnapshotStatistics } from '../../registry/quality.ts'
import { query } from '../duckdb.ts'
import { EVENT_TIMESTAMP } from '../materialize/rows.ts'
import { identifier } from '../sql/text.ts'
import { Answers, type Column, type Measures, rowColumns, SAMPLED, sampledSql } from './column.ts'
import { countMeasures, countsOf } from './counts.ts'
import { quantilesOf, quantilesSql, summaryMeasures, summaryOf } from './summary.ts'

/**
 * @param relation SQL of the snapshot's rows, as `read_parquet('…')`: join keys, `event_timestamp` and features
 * @param sensitive features of which no single value may be kept; those that the view's tags name when left out
 * @param sampled SQL of a condition on a row: quantiles are those of such rows, exactly, and values that may be frequent are looked
 * for in them. Every other number is of all rows, as is how often a frequent value occurs.
 */
export async function snapshotStatistics(
  db: DuckDBConnection,
  view: Pick<ViewObject, 'features' | 'tags'>,
  relation: string,
  sensitive: ReadonlySet<string> = sensitiveFeatures(view),
  sampled: string | null = null,
): Promise<SnapshotStatistics> {
  const columns = columnsOf(view, sensitive, sampled !== null)
  const rowsOf = sampled === null ? relation : `(select *, ${sampled} as ${SAMPLED} from ${relation} as r)`
  const first = {
    ...(await scan(db, rowsOf, [], [[EVENT, eventMeasures(sampled !== null)]], sampled !== null)),
    ...(await scanAll(db, rowsOf, columns, summaryMeasures, sampled !== null)),
  }
  const rows = new Answers(first, EVENT).number('rows') ?? 0
  const summaries = new Map(columns.map((column) => [column, summaryOf(column, rows, new Answers(first, column.id))]))
  const second = await scanAll(db, relation, columns, (column) => countMeasures(column, summaries.get(column)), false)
  const features = [...summaries].map(([column, summary]): [string, FeatureStatistics] => [
    column.name,
    {
      type: typeText(column.type),
      ...summary.known,
      ...countsOf(column, summary, new Answers(second, column.id)),
    },
  ])
  return {
    format: 1,
    rows,
    event_timestamp: eventsOf(new Answers(first, EVENT)),
    features: Object.fromEntries(features),
  }
}

function columnsOf(
  { features }: Pick<ViewObject, 'features'>,
  sensitive: ReadonlySet<string>,
  sampled: boolean,
): readonly Column[] {
  return features.map(({ name, type }, index) => ({
    id: `_c${index}`,
    name,
    value: identifier(name),
    type: parseType(type),
    sensitive: sensitive.has(name),
    cut: keptCharacters(features.length),
    top: keptValues(features.length),
    sampled,
  }))
}

/** Columns of one query: counting the distinct values of a column takes 2 MB, however few they are. */
const COLUMNS = 50

async function scanAll(
  db: DuckDBConnection,
  relation: string,
  columns: readonly Column[],
  measures: (column: Column) => Measures,
  sampled: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const answers: Record<string, unknown> = {}
  for (let from = 0; from < columns.length; from += COLUMNS) {
    const some = columns.slice(from, from + COLUMNS)
    Object.assign(
      answers,
      await scan(
        db,
        relation,
        some,
        some.map((column) => [column.id, measures(column)]),
        sampled,
      ),
    )
  }
  return answers
}

/** The event timestamp's column, in microseconds. */
const EVENT = '_event'
function eventMeasures(sampled: boolean): Measures {
  return {
    rows: 'count(*)',
    min: `min(${EVENT})`,
    max: `max(${EVENT})`,
    quantiles: quantilesSql(sampledSql(EVENT, sampled), sampled),
  }
}

/** @returns the answers, each named by the column's id and the measure's name */
async function scan(
  db: DuckDBConnection,
  relation: string,
  columns: readonly Column[],
  measures: readonly (readonly [id: string, measures: Measures])[],
  sampled: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const aggregates = measures.flatMap(([id, one]) =>
    Object.entries(one).map(([name, sql]) => `${sql} as ${id}_${name}`),
  )
  const values = [
    `epoch_us(${EVENT_TIMESTAMP})::double as ${EVENT}`,
    ...columns.flatMap(rowColumns),
    ...(sampled ? [SAMPLED] : []),
  ]
  const [row] = await query(db, `select ${aggregates.join(', ')} from (select ${values.join(', ')} from ${relation})`)
  return row ?? {}
}

function eventsOf(answers: Answers): SnapshotStatistics['event_timestamp'] {
  const [min, max] = [answers.number('min'), answers.number('max')]
  const quantiles = quantilesOf(answers, (micros) => timestampText(Math.round(micros)))
  return min === null || max === null || !quantiles
    ? null
    : { min: timestampText(min), max: timestampText(max), quantiles }
}
