/** A training set for a person: what it was made of, its files, and what its features are like. */
import type { FeatureStatistics } from '../../registry/quality.ts'
import type { TrainingOptions } from '../../registry/training.ts'
import type { ObjectCount, TrainingSetDescription } from '../../registry/training-description.ts'
import { table } from './table.ts'

export function trainingSetText(set: TrainingSetDescription): string {
  const { views, on_demand, files, statistics } = set
  const sections = [
    facts(set),
    table(
      ['view', 'as', 'ttl', 'lag', 'keys'],
      views.map(({ view, as, ttl, lag, keys }) => [view, as, ttl ?? 'none', lag ?? '-', keys.join(', ')]),
    ),
    on_demand.length === 0 ? '' : `computed on demand: ${on_demand.map(({ view }) => view).join(', ')}`,
    table(
      ['file', 'part', 'rows', 'bytes', 'sha256'],
      files.map(({ file, part, rows, bytes, sha256 }) => [file, part ?? '-', rows, bytes, sha256]),
    ),
    table(
      ['feature', 'type', 'nulls', 'mean', 'stddev', 'min', 'max'],
      Object.entries(statistics.features).map(([feature, found]) => [feature, ...statisticsRow(found)]),
    ),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function facts(set: TrainingSetDescription): string {
  const { name, version, service, features, rows, hash, created_at, written_by, quarantined } = set
  const { shoreline, duckdb } = written_by
  const sources = Object.entries(set.sources).map(([source, read]) => `${source} (${objectsText(read)})`)
  return table(
    ['training set', `${name}@${version}`],
    [
      ['service', service ?? 'none: a list of features'],
      ['features', String(features.length)],
      ['rows', String(rows)],
      ['made', `${created_at} by shoreline ${shoreline} with DuckDB ${duckdb}`],
      ['spine', spineText(set.spine)],
      ['options', optionsText(set.options)],
      ['sources', sources.length === 0 ? 'none' : sources.join(', ')],
      ...(quarantined === 0 ? [] : [['left out', `${counted(quarantined, 'object')} in quarantine`]]),
      ['content', hash],
      ['manifest', set.manifest],
    ],
  )
}

function spineText(spine: TrainingSetDescription['spine']): string {
  const rows = counted(spine.rows, 'row')
  switch (spine.kind) {
    case 'files':
      return `${rows} of ${spine.path} (${objectsText(spine)})`
    case 'sql':
      return `${rows} of ${spine.sql.replaceAll(/\s+/g, ' ').trim()}`
    case 'entities':
      return `${rows}: the entities of the lake, ${spine.from} to ${spine.to} every ${spine.every}`
  }
}

/** What differs from a plain set is said, and nothing else. */
function optionsText({ timestamp, as_of, as_known, full_names, statuses, format, split }: TrainingOptions): string {
  const said = [
    `instants in ${timestamp}`,
    `as of ${as_of}`,
    format,
    as_known ? 'as known then' : '',
    full_names ? 'full names' : '',
    statuses ? 'with statuses' : '',
    split === null ? '' : splitText(split),
  ]
  return said.filter((one) => one !== '').join(', ')
}

function splitText({ kind, shares, by, seed }: NonNullable<TrainingOptions['split']>): string {
  if (kind === 'time') return `split by time ${shares.join('/')}`
  return `split at random ${shares.join('/')} by ${by.length === 0 ? 'row' : by.join(', ')}, seed ${seed}`
}

function statisticsRow({ type, nulls, mean, stddev, min, max }: FeatureStatistics): readonly (string | number)[] {
  return [type, nulls, ...[mean, stddev, min, max].map(shown)]
}

/** A number to six digits; a text in one line, cut. */
function shown(value: number | string | undefined): string | number {
  if (value === undefined) return '-'
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  const line = value.replaceAll(/[\s\p{Cc}]+/gu, ' ')
  return line.length > 40 ? `${line.slice(0, 40)}…` : line
}

function objectsText({ objects, bytes }: ObjectCount): string {
  return `${counted(objects, 'object')}, ${counted(bytes, 'byte')}`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
