/**
 * Writes FlatBuffers (https://flatbuffers.dev/internals/), as far as Arrow's metadata needs them: tables, strings, vectors
 * of tables and vectors of structs. What refers to something comes before it, so that every offset is known by going
 * through the tree once.
 */

/** An integer of this many bytes, aligned to them. */
export interface Scalar {
  readonly bytes: 1 | 2 | 4 | 8
  readonly value: number
}

export interface Table {
  /** By field id; null leaves the field's default. */
  readonly fields: readonly (Scalar | Node | null)[]
}

/** Structs whose members are all 64-bit integers, one after the other. */
export interface Structs {
  readonly longs: readonly number[]
  readonly longsEach: number
}

export type Node = string | Table | Structs | readonly Node[]

export const byte = (value: number): Scalar => ({ bytes: 1, value })
export const short = (value: number): Scalar => ({ bytes: 2, value })
export const int = (value: number): Scalar => ({ bytes: 4, value })
export const long = (value: number): Scalar => ({ bytes: 8, value })
export const bool = (value: boolean): Scalar => byte(value ? 1 : 0)
export const table = (...fields: Table['fields']): Table => ({ fields })

const encoder = new TextEncoder()

/** @returns the bytes, a whole number of 8 */
export function flatbuffer(root: Table): Uint8Array {
  const writer = new Writer()
  const place = writer.reserve(4, 4)
  writer.refer(place, root)
  return writer.finish()
}

class Writer {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  /** Room for this many bytes, zeroed. */
  reserve(size: number, align: number): number {
    const place = Math.ceil(this.#at / align) * align
    this.#at = place + size
    if (this.#at > this.#bytes.length) this.#grow()
    return place
  }

  /** Writes the node, and at `place` how far away it is. */
  refer(place: number, node: Node): void {
    const target = this.#write(node)
    this.#view.setUint32(place, target - place, true)
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, Math.ceil(this.#at / 8) * 8)
  }

  #write(node: Node): number {
    if (typeof node === 'string') return this.#string(node)
    if ('fields' in node) return this.#table(node)
    return 'longs' in node ? this.#structs(node) : this.#vector(node)
  }

  #string(text: string): number {
    const bytes = encoder.encode(text)
    const place = this.reserve(4 + bytes.length + 1, 4) // a zero byte ends it
    this.#view.setUint32(place, bytes.length, true)
    this.#bytes.set(bytes, place + 4)
    return place
  }

  #vector(nodes: readonly Node[]): number {
    const place = this.reserve(4 + 4 * nodes.length, 4)
    this.#view.setUint32(place, nodes.length, true)
    for (const [index, node] of nodes.entries()) this.refer(place + 4 + 4 * index, node)
    return place
  }

  #structs({ longs, longsEach }: Structs): number {
    // The length stands right before the first item, and the items are aligned.
    const items = this.reserve(8 + 8 * longs.length, 8) + 8
    this.#view.setUint32(items - 4, longs.length / longsEach, true)
    for (const [index, value] of longs.entries()) this.#long(items + 8 * index, value)
    return items - 4
  }

  #table({ fields }: Table): number {
    // The largest first: then nothing has to be padded.
    const inline = fields
      .map((field, id) => ({ id, field, bytes: isScalar(field) ? field.bytes : 4 }))
      .filter(({ field }) => field !== null)
      .sort((one, other) => other.bytes - one.bytes)
    const size = 4 + inline.reduce((sum, { bytes }) => sum + bytes, 0)
    const vtable = this.reserve(4 + 2 * fields.length, 2)
    // With 8-byte members, what comes after the table's own offset of 4 bytes must be a multiple of 8.
    const place = inline[0]?.bytes === 8 ? this.reserve(4 + size, 8) + 4 : this.reserve(size, 4)
    this.#view.setUint16(vtable, 4 + 2 * fields.length, true)
    this.#view.setUint16(vtable + 2, size, true)
    this.#view.setInt32(place, place - vtable, true)
    const references: (readonly [place: number, node: Node])[] = []
    let at = place + 4
    for (const { id, field, bytes } of inline) {
      this.#view.setUint16(vtable + 4 + 2 * id, at - place, true)
      if (isScalar(field)) this.#scalar(at, field)
      else if (field !== null) references.push([at, field])
      at += bytes
    }
    for (const [from, node] of references) this.refer(from, node)
    return place
  }

  #scalar(at: number, { bytes, value }: Scalar): void {
    if (bytes === 1) this.#view.setUint8(at, value)
    else if (bytes === 2) this.#view.setInt16(at, value, true)
    else if (bytes === 4) this.#view.setInt32(at, value, true)
    else this.#long(at, value)
  }

  #long(at: number, value: number): void {
    this.#view.setBigInt64(at, BigInt(value), true)
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + 8))
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

function isScalar(field: Scalar | Node | null | undefined): field is Scalar {
  return typeof field === 'object' && field !== null && 'bytes' in field
}
