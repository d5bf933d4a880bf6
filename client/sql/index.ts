/**
 * `shoreline/client/sql`: DuckDB on the device, fed by Arrow. It has an entry of its own so that nobody else's bundle holds any of it.
 */
export type { ArrowValue } from './arrow.ts'
export { type ClientSource, type ClientTable, clientSource } from './client-source.ts'
export { createSql, type SqlOptions } from './create-sql.ts'
export type { SqlAssets } from './engine.ts'
export type { ClientFeatures, FeaturesOptions } from './features.ts'
export type { Sql } from './sql.ts'
export type { TrainingMeta, TrainingRows, TrainOptions } from './train.ts'
export type { GivenRow, RowOf } from './values.ts'
