/** Values of DuckDB, collected as a column of an Arrow record batch. */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import {
  Binary,
  Bool,
  BufferType,
  Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  TimeMicrosecond,
  Timestamp,
  TimeUnit,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'
import { ShorelineError } from '../../core/errors.ts'
import type { ValueType } from '../../core/types.ts'

/** A column that grows value by value until a batch takes it. */
export class Collector {
  readonly type: DataType
  readonly #store: Store
  #length = 0
  #nulls = 0
  #validity = new Uint8Array(64)

  constructor(type: DataType, store: Store) {
    this.type = type
    this.#store = store
  }

  push(value: DuckDBValue): void {
    const at = this.#length++
    if (at >> 3 >= this.#validity.length) this.#validity = grown(this.#validity, at >> 3)
    if (value === null) {
      this.#nulls++
      this.#store.skip(at)
      return
    }
    this.#validity[at >> 3] = (this.#validity[at >> 3] ?? 0) | (1 << (at & 7))
    this.#store.put(at, value)
  }

  get bytes(): number {
    return this.#store.bytes(this.#length)
  }

  /** What was collected; it is empty then. */
  take(): Data {
    const length = this.#length
    const { values, offsets, child } = this.#store.take(length)
    const buffers = {
      ...(values ? { [BufferType.DATA]: values } : {}),
      ...(offsets ? { [BufferType.OFFSET]: offsets } : {}),
      ...(this.#nulls > 0 ? { [BufferType.VALIDITY]: this.#validity.slice(0, (length + 7) >> 3) } : {}),
    }
    const data = new Data(this.type, 0, length, this.#nulls, buffers, child ? [child] : [])
    this.#validity.fill(0)
    this.#length = 0
    this.#nulls = 0
    return data
  }
}

interface Store {
  /** Of a value that is there. */
  put(at: number, value: DuckDBValue): void
  skip(at: number): void
  bytes(length: number): number
  take(length: number): { readonly values?: Slots<unknown>; readonly offsets?: Int32Array; readonly child?: Data }
}

interface Slots<N> {
  [index: number]: N
  readonly length: number
  readonly BYTES_PER_ELEMENT: number
}

/** What typed arrays have in common. */
interface Numbers<N, S> extends Slots<N> {
  set(from: S): void
  slice(from: number, to: number): S
}

/**
 * @param type as DuckDB has the column
 * @param declared null for a column of the spine
 */
export function collectorOf(name: string, type: DuckDBType | undefined, declared: ValueType | null): Collector {
  switch (type?.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return new Collector(new Bool(), bits())
    case DuckDBTypeId.TINYINT:
      return new Collector(
        new Int8(),
        fixed((n) => new Int8Array(n), Number),
      )
    case DuckDBTypeId.SMALLINT:
      return new Collector(
        new Int16(),
        fixed((n) => new Int16Array(n), Number),
      )
    case DuckDBTypeId.INTEGER:
      return new Collector(
        new Int32(),
        fixed((n) => new Int32Array(n), Number),
      )
    case DuckDBTypeId.BIGINT:
      return new Collector(
        new Int64(),
        fixed((n) => new BigInt64Array(n), bigint),
      )
    case DuckDBTypeId.UTINYINT:
      return new Collector(
        new Uint8(),
        fixed((n) => new Uint8Array(n), Number),
      )
    case DuckDBTypeId.USMALLINT:
      return new Collector(
        new Uint16(),
        fixed((n) => new Uint16Array(n), Number),
      )
    case DuckDBTypeId.UINTEGER:
      return new Collector(
        new Uint32(),
        fixed((n) => new Uint32Array(n), Number),
      )
    case DuckDBTypeId.UBIGINT:
      return new Collector(
        new Uint64(),
        fixed((n) => new BigUint64Array(n), bigint),
      )
    case DuckDBTypeId.FLOAT:
      return new Collector(
        new Float32(),
        fixed((n) => new Float32Array(n), Number),
      )
    case DuckDBTypeId.DOUBLE:
      return new Collector(
        new Float64(),
        fixed((n) => new Float64Array(n), Number),
      )
    case DuckDBTypeId.DECIMAL:
      return new Collector(new Decimal(type.scale, type.width, 128), decimals())
    case DuckDBTypeId.DATE:
      return new Collector(
        new DateDay(),
        fixed(
          (n) => new Int32Array(n),
          (value) => of(DuckDBDateValue, value).days,
        ),
      )
    case DuckDBTypeId.TIME:
      return new Collector(
        new TimeMicrosecond(),
        instants((value) => of(DuckDBTimeValue, value).micros),
      )
    case DuckDBTypeId.TIMESTAMP:
      return timestamps(TimeUnit.MICROSECOND, null, (value) => of(DuckDBTimestampValue, value).micros)
    case DuckDBTypeId.TIMESTAMP_TZ:
      return timestamps(TimeUnit.MICROSECOND, 'UTC', (value) => of(DuckDBTimestampTZValue, value).micros)
    case DuckDBTypeId.TIMESTAMP_S:
      return timestamps(TimeUnit.SECOND, null, (value) => of(DuckDBTimestampSecondsValue, value).seconds)
    case DuckDBTypeId.TIMESTAMP_MS:
      return timestamps(TimeUnit.MILLISECOND, null, (value) => of(DuckDBTimestampMillisecondsValue, value).millis)
    case DuckDBTypeId.TIMESTAMP_NS:
      return timestamps(TimeUnit.NANOSECOND, null, (value) => of(DuckDBTimestampNanosecondsValue, value).nanos)
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.ENUM:
    case DuckDBTypeId.UUID:
      return new Collector(new Utf8(), texts(name))
    case DuckDBTypeId.BLOB:
      return new Collector(new Binary(), binaries(name))
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const child = collectorOf(name, type.valueType, declared?.kind === 'list' ? declared.of : null)
      const item = new Field('item', child.type, true)
      const size = declared?.kind === 'vector' ? declared.size : type.typeId === DuckDBTypeId.ARRAY ? type.length : null
      if (size === null) return new Collector(new List(item), lists(child))
      return new Collector(new FixedSizeList(size, item), arrays(child, size))
    }
    default:
      throw new ShorelineError('INTERNAL', `column ${name} is ${type}, which was not refused as Arrow.`)
  }
}

function timestamps(unit: TimeUnit, zone: string | null, read: (value: DuckDBValue) => bigint): Collector {
  return new Collector(new Timestamp(unit, zone), instants(read))
}

function instants(read: (value: DuckDBValue) => bigint): Store {
  return fixed((n) => new BigInt64Array(n), read)
}

function fixed<N, S extends Numbers<N, S>>(create: (length: number) => S, read: (value: DuckDBValue) => N): Store {
  let values = create(FIRST)
  const reserve = (at: number): void => {
    if (at < values.length) return
    const more = create(values.length * 2)
    more.set(values)
    values = more
  }
  return {
    put: (at, value) => {
      reserve(at)
      values[at] = read(value)
    },
    // Zero lies under a null: the same rows are the same bytes.
    skip: reserve,
    bytes: (length) => length * values.BYTES_PER_ELEMENT,
    take: (length) => {
      const taken = values.slice(0, length)
      values = create(values.length)
      return { values: taken }
    },
  }
}

const FIRST = 1024

/** Two words each, the lower first. */
function decimals(): Store {
  const words = fixed((n) => new BigInt64Array(n), bigint)
  const put = (at: number, value: bigint): void => {
    words.put(2 * at, BigInt.asIntN(WORD, value))
    words.put(2 * at + 1, value >> BigInt(WORD))
  }
  return {
    put: (at, value) => put(at, of(DuckDBDecimalValue, value).value),
    skip: (at) => put(at, 0n),
    bytes: (length) => 2 * length * BigInt64Array.BYTES_PER_ELEMENT,
    take: (length) => {
      const { values } = words.take(2 * length)
      return values instanceof BigInt64Array ? { values: new Uint32Array(values.buffer) } : {}
    },
  }
}

const WORD = 64

function bits(): Store {
  const bytes = fixed((n) => new Uint8Array(n), Number)
  let byte = 0
  const put = (at: number, bit: number): void => {
    if ((at & 7) === 0) byte = 0
    byte |= bit << (at & 7)
    bytes.put(at >> 3, byte)
  }
  return {
    put: (at, value) => put(at, value === true ? 1 : 0),
    skip: (at) => put(at, 0),
    bytes: (length) => length >> 3,
    take: (length) => bytes.take((length + 7) >> 3),
  }
}

function texts(name: string): Store {
  return variable(name, (value) => Buffer.from(String(value), 'utf8'))
}

function binaries(name: string): Store {
  return variable(name, (value) => of(DuckDBBlobValue, value).bytes)
}

function variable(name: string, read: (value: DuckDBValue) => Uint8Array): Store {
  const ends = fixed((n) => new Int32Array(n), Number)
  let bytes = new Uint8Array(FIRST)
  let used = 0
  return {
    put: (at, value) => {
      const chunk = read(value)
      if (used + chunk.length > MAX_BYTES)
        throw new ShorelineError(
          'INVALID',
          `column ${name} has more than 2 GB in one batch of an Arrow file. Write Parquet.`,
          { column: name },
        )
      if (used + chunk.length > bytes.length) bytes = grown(bytes, used + chunk.length)
      bytes.set(chunk, used)
      used += chunk.length
      ends.put(at, used)
    },
    skip: (at) => ends.put(at, used),
    bytes: (length) => used + length * Int32Array.BYTES_PER_ELEMENT,
    take: (length) => {
      const taken = { values: bytes.slice(0, used), offsets: offsetsOf(ends, length) }
      used = 0
      return taken
    },
  }
}

const MAX_BYTES = 2 ** 31 - 1

function lists(child: Collector): Store {
  const ends = fixed((n) => new Int32Array(n), Number)
  let items = 0
  return {
    put: (at, value) => {
      const list = itemsOf(value)
      for (const item of list) child.push(item)
      items += list.length
      ends.put(at, items)
    },
    skip: (at) => ends.put(at, items),
    bytes: (length) => child.bytes + length * Int32Array.BYTES_PER_ELEMENT,
    take: (length) => {
      items = 0
      return { offsets: offsetsOf(ends, length), child: child.take() }
    },
  }
}

function arrays(child: Collector, size: number): Store {
  return {
    put: (_, value) => {
      for (const item of itemsOf(value)) child.push(item)
    },
    skip: () => {
      for (let item = 0; item < size; item++) child.push(null)
    },
    bytes: () => child.bytes,
    take: () => ({ child: child.take() }),
  }
}

function itemsOf(value: DuckDBValue): readonly DuckDBValue[] {
  return value instanceof DuckDBArrayValue ? value.items : of(DuckDBListValue, value).items
}

/** Where each begins, and where the last one ends. */
function offsetsOf(ends: Store, length: number): Int32Array {
  const offsets = new Int32Array(length + 1)
  const { values } = ends.take(length)
  if (values instanceof Int32Array) offsets.set(values, 1)
  return offsets
}

function bigint(value: DuckDBValue): bigint {
  return typeof value === 'bigint' ? value : wrong(value)
}

function of<T>(kind: new (...given: never[]) => T, value: DuckDBValue): T {
  return value instanceof kind ? value : wrong(value)
}

function wrong(value: DuckDBValue): never {
  throw new ShorelineError('INTERNAL', `DuckDB gave ${String(value)} for a value of another type.`)
}

function grown(bytes: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(Math.max(2 * bytes.length, least + 1))
  more.set(bytes)
  return more
}
