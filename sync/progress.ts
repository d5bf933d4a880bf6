/** What a long command says while it works: bars on a terminal, one line a phase elsewhere, nothing when quiet. */
import { Presets, SingleBar } from 'cli-progress'

/** What is counted while a phase runs. */
export type Unit = 'rows' | 'bytes' | 'blocks' | 'views'

/** @param value what is done so far, of `total` */
export type Update = (value: number, total: number, unit: Unit) => void

export interface Progress {
  /** Runs the work as one phase; `text` says what came of it. */
  phase<T>(name: string, work: (update: Update) => Promise<T>, text: (result: T) => string): Promise<T>
}

export const SILENT: Progress = { phase: (_name, work) => work(() => {}) }

const NAME_WIDTH = 36

/** @param stream where prose goes; a terminal gets bars */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return {
    async phase(name, work, text) {
      const started = performance.now()
      const label = name.padEnd(NAME_WIDTH)
      const bar = stream.isTTY ? openBar(stream, label) : undefined
      try {
        const result = await work((value, total, unit) => {
          bar?.setTotal(total)
          bar?.update(value, { amount: amount(value, total, unit) })
        })
        bar?.stop()
        stream.write(`${label} ${seconds(performance.now() - started).padStart(7)}  ${text(result)}\n`)
        return result
      } finally {
        bar?.stop()
      }
    },
  }
}

function openBar(stream: NodeJS.WriteStream, label: string): SingleBar {
  const format = `${label} {bar} {percentage}%  {amount}, {eta_formatted} left`
  const bar = new SingleBar(
    { stream, format, clearOnComplete: true, hideCursor: true, barsize: 30 },
    Presets.shades_classic,
  )
  bar.start(1, 0, { amount: 'starting' })
  return bar
}

/** `12 of 63 MB`, `1,200,000 of 10,000,000 rows` */
export function amount(value: number, total: number, unit: Unit): string {
  if (unit === 'bytes') return `${(value / 1e6).toFixed(total < 9.95e6 ? 2 : 0)} of ${megabytes(total)}`
  return `${value.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 2 : 0)} MB`
}
