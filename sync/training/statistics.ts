/** Statistics of a training set's features: what skew is measured against, and what on-demand views may scale by. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { OnDemandPlan } from '../../core/plan.ts'
import { sensitiveFeatures } from '../../registry/catalog/sensitive.ts'
import type { FeatureStatistics, SnapshotStatistics } from '../../registry/quality.ts'
import { EVENT_TIMESTAMP } from '../materialize/rows.ts'
import { snapshotStatistics } from '../quality/statistics.ts'
import { identifier, literal } from '../sql/text.ts'
import type { SetColumn } from './columns.ts'
import type { TrainingPlan } from './plan.ts'

/** Quantiles of so many rows are as good as of more. */
const MANY_ROWS = 1_000_000

/** @param file Parquet of the whole set. @param timestamp the column with the instants */
export function setStatistics(
  db: DuckDBConnection,
  plan: TrainingPlan,
  columns: readonly SetColumn[],
  { file, rows }: { readonly file: string; readonly rows: number },
  timestamp: string,
): Promise<SnapshotStatistics> {
  const features = columns.filter(({ is }) => is === 'feature')
  const selected = features.map(({ name }, at) => `${identifier(name)} as _x${at}`)
  // Under names of our own: a feature may be called as the timestamp is.
  const relation = `(select file_row_number, ${identifier(timestamp)} as ${EVENT_TIMESTAMP}, ${selected.join(', ')} from read_parquet(${literal(file)}, file_row_number = true))`
  const sensitive = sensitiveOutputs(plan)
  const named = features.map(({ name, type }, at) => ({ name, type, visibility: 'server' as const, own: `_x${at}` }))
  return snapshotStatistics(
    db,
    { features: named.map(({ own, type, visibility }) => ({ name: own, type, visibility })) },
    relation,
    new Set(named.flatMap(({ own }, at) => (sensitive.has(at) ? [own] : []))),
    // By a hash: rows of one place in the spine may be alike.
    rows > MANY_ROWS ? `hash(file_row_number) % ${Math.ceil(rows / MANY_ROWS)} = 0` : 'true',
  ).then(({ features: found, ...rest }) => ({
    ...rest,
    features: Object.fromEntries(
      named.flatMap(({ name, own }) => {
        const one = found[own]
        return one ? [[name, settled(one)]] : []
      }),
    ),
  }))
}

/** Sums depend on the order in which threads add, in their last digits: the same rows are to have the same statistics. */
function settled(one: FeatureStatistics): FeatureStatistics {
  const { mean, stddev } = one
  return {
    ...one,
    ...(mean === undefined ? {} : { mean: Number(mean.toPrecision(DIGITS)) }),
    ...(stddev === undefined ? {} : { stddev: Number(stddev.toPrecision(DIGITS)) }),
  }
}

const DIGITS = 12

/** Positions among the outputs: tagged so, or computed from what is. */
function sensitiveOutputs({ views, onDemand, outputs }: TrainingPlan): ReadonlySet<number> {
  const stored = views.map(({ planned, view }) => {
    const tagged = sensitiveFeatures(view)
    return planned.columns.map(({ feature }) => tagged.has(feature))
  })
  const entries = computedFrom(onDemand, stored)
  return new Set(
    outputs.flatMap(({ from }, at) =>
      ('view' in from ? stored[from.view]?.[from.column] : entries[from.entry]) ? [at] : [],
    ),
  )
}

function computedFrom(plan: OnDemandPlan | null, stored: readonly (readonly boolean[])[]): readonly boolean[] {
  const entries: boolean[] = []
  for (const { inputs } of plan?.onDemand ?? [])
    entries.push(
      inputs.some(({ from }) =>
        'view' in from ? stored[from.view]?.[from.column] : 'entry' in from ? entries[from.entry] : false,
      ),
    )
  return entries
}
