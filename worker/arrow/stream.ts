/**
 * The streaming format of Arrow IPC, format version V5
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format): a schema, dictionaries, one record batch, the end.
 * A message is its metadata, a FlatBuffer after `Message.fbs`, and a body of buffers.
 */
import { byte, flatbuffer, long, short, type Table, table } from './flatbuffer.ts'

/** The parts of a record batch, in the order of the columns and, within one, of the format. */
export class Batch {
  /** Per array: how many values, how many of them are null. */
  readonly nodes: number[] = []
  readonly buffers: Uint8Array[] = []

  node(length: number, nulls: number): void {
    this.nodes.push(length, nulls)
  }

  buffer(bytes: Uint8Array): void {
    this.buffers.push(bytes)
  }
}

/** `MessageHeader` */
const SCHEMA = 1
const DICTIONARY_BATCH = 2
const RECORD_BATCH = 3
/** `MetadataVersion` */
const V5 = 4

export interface Message {
  readonly metadata: Uint8Array
  readonly body: readonly Uint8Array[]
}

export function schemaMessage(fields: readonly Table[], metadata: readonly (readonly [string, string])[]): Message {
  const pairs = metadata.map(([key, value]) => table(key, value))
  return message(SCHEMA, table(short(0), fields, pairs), [])
}

export function recordBatch(rows: number, batch: Batch): Message {
  return message(RECORD_BATCH, batchTable(rows, batch), batch.buffers)
}

export function dictionaryBatch(id: number, length: number, batch: Batch): Message {
  return message(DICTIONARY_BATCH, table(long(id), batchTable(length, batch)), batch.buffers)
}

function batchTable(length: number, { nodes, buffers }: Batch): Table {
  const places: number[] = []
  let at = 0
  for (const buffer of buffers) {
    places.push(at, buffer.byteLength)
    at += padded(buffer.byteLength)
  }
  return table(long(length), { longs: nodes, longsEach: 2 }, { longs: places, longsEach: 2 })
}

function message(kind: number, header: Table, body: readonly Uint8Array[]): Message {
  const length = body.reduce((sum, buffer) => sum + padded(buffer.byteLength), 0)
  return { metadata: flatbuffer(table(short(V5), byte(kind), header, long(length))), body }
}

/** Before every message. */
const CONTINUATION = 0xffffffff
const PREFIX_BYTES = 8

export function streamOf(messages: readonly Message[]): Uint8Array<ArrayBuffer> {
  let size = PREFIX_BYTES // of the end: a continuation and a length of zero
  for (const { metadata, body } of messages) {
    size += PREFIX_BYTES + metadata.length
    for (const buffer of body) size += padded(buffer.byteLength)
  }
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { metadata, body } of messages) {
    view.setUint32(at, CONTINUATION, true)
    view.setInt32(at + 4, metadata.length, true)
    at += PREFIX_BYTES
    bytes.set(metadata, at)
    at += metadata.length
    for (const buffer of body) {
      bytes.set(buffer, at)
      at += padded(buffer.byteLength)
    }
  }
  view.setUint32(at, CONTINUATION, true)
  return bytes
}

/** Buffers begin at multiples of 8 bytes. */
function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}
