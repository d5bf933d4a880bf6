/**
 * The records of a text file with the lines they begin in, for headers and for errors that name a line: DuckDB reads the
 * rest, and says of a value only that it is wrong.
 */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { messageOf, ShorelineError } from '../../core/errors.ts'

export interface CsvRecord {
  /** From 1. */
  readonly line: number
  readonly fields: readonly string[]
}

/** RFC 4180: quotes double within quotes, and a quoted field may hold delimiters and line ends. */
export async function* csvRecords(file: string, delimiter: string): AsyncGenerator<CsvRecord> {
  let line = 1
  let first = 1
  let fields: string[] = []
  let field = ''
  let state: 'plain' | 'quoted' | 'closed' = 'plain'
  let empty = true
  const end = (): CsvRecord => {
    const record = { line: first, fields: [...fields, field] }
    fields = []
    field = ''
    state = 'plain'
    empty = true
    return record
  }
  for await (const chunk of textOf(file)) {
    for (const char of chunk) {
      if (char === '\n') line += 1
      if (state === 'quoted') {
        if (char === '"') state = 'closed'
        else field += char
      } else if (char === '"' && (state === 'closed' || field === '')) {
        if (state === 'closed') field += char
        state = 'quoted'
        empty = false
      } else if (char === delimiter) {
        fields.push(field)
        field = ''
        state = 'plain'
        empty = false
      } else if (char === '\n') {
        const blank = empty && field === ''
        const record = end()
        if (!blank) yield record
        first = line
      } else if (char !== '\r') field += char
    }
  }
  if (!empty || field !== '') yield end()
}

export interface TextLine {
  readonly line: number
  readonly text: string
}

export async function* textLines(file: string): AsyncGenerator<TextLine> {
  let line = 1
  let rest = ''
  for await (const chunk of textOf(file)) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) yield { line: line++, text }
  }
  if (rest !== '') yield { line, text: rest }
}

/** Without a byte order mark; `.gz` is unpacked, as DuckDB does. */
async function* textOf(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file)
  const stream: Readable = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  bytes.on('error', (thrown) => stream.destroy(thrown))
  stream.setEncoding('utf8')
  let first = true
  try {
    for await (const chunk of stream) {
      const text = String(chunk)
      yield first ? text.replace(/^\ufeff/, '') : text
      first = false
    }
  } catch (thrown) {
    throw new ShorelineError('INVALID', `${file} cannot be read: ${messageOf(thrown)}`, {}, thrown)
  } finally {
    bytes.destroy()
  }
}
