/** Streams the rows of a query into an Arrow IPC file: never more of them in memory than two batches. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { AsyncByteQueue, Data, Field, RecordBatch, RecordBatchFileWriter, Schema, Struct } from 'apache-arrow'
import { parseType, type ValueType } from '../../core/types.ts'
import { type Collector, collectorOf } from './arrow-values.ts'
import type { SetColumn } from './columns.ts'

/** As many as in a row group of the Parquet. */
const BATCH_ROWS = 122_880
/** Offsets into the text of a column have 32 bits; rows of so much are one batch. */
const BATCH_BYTES = 64 * 2 ** 20
/** Bytes are looked at after so many rows, whatever DuckDB gives at once: the same rows make the same batches. */
const STEP = 256

export async function writeArrowFile(
  db: DuckDBConnection,
  rows: string,
  columns: readonly SetColumn[],
  file: string,
): Promise<void> {
  await pipeline(messages(db, rows, columns), createWriteStream(file))
}

async function* messages(
  db: DuckDBConnection,
  rows: string,
  columns: readonly SetColumn[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const result = await db.stream(rows)
  const types = result.columnTypes()
  const collectors = columns.map(({ name, type, is }, at) => collectorOf(name, types[at], declaredType(type, is)))
  const schema = new Schema(collectors.map(({ type }, at) => new Field(columns[at]?.name ?? '', type, true)))
  const queue = new Queue()
  const writer = new RecordBatchFileWriter()
  writer.reset(queue, schema)
  let filled = 0
  const flush = (): readonly Uint8Array[] => {
    if (filled > 0) writer.write(batchOf(schema, collectors, filled))
    filled = 0
    return queue.take()
  }
  for await (const chunk of result) {
    const vectors = collectors.map((_, at) => chunk.getColumnVector(at))
    for (let from = 0; from < chunk.rowCount; ) {
      const to = Math.min(chunk.rowCount, from + STEP - (filled % STEP))
      for (const [at, collector] of collectors.entries())
        for (let row = from; row < to; row++) collector.push(vectors[at]?.getItem(row) ?? null)
      filled += to - from
      from = to
      if (filled === BATCH_ROWS || (filled % STEP === 0 && bytesOf(collectors) >= BATCH_BYTES)) yield* flush()
    }
  }
  yield* flush()
  writer.finish()
  yield* queue.take()
}

/** Null of a column of the spine, whose type only DuckDB knows. */
function declaredType(type: string, is: SetColumn['is']): ValueType | null {
  return is === 'passed' ? null : parseType(type)
}

function bytesOf(collectors: readonly Collector[]): number {
  return collectors.reduce((sum, { bytes }) => sum + bytes, 0)
}

function batchOf(schema: Schema, collectors: readonly Collector[], rows: number): RecordBatch {
  const children = collectors.map((collector) => collector.take())
  return new RecordBatch(schema, new Data(new Struct(schema.fields), 0, rows, 0, {}, children))
}

/** Where the writer puts bytes, for us to take: its own queue grows for as long as the file is slower than the query. */
class Queue extends AsyncByteQueue {
  #chunks: Uint8Array[] = []

  override write(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
  }

  take(): readonly Uint8Array[] {
    const taken = this.#chunks
    this.#chunks = []
    return taken
  }
}
