/** What a long command says while it works: bars on a terminal, one line a phase elsewhere, nothing when quiet. */
import { Presets, SingleBar } from 'cli-progress'

/** @param value what is done so far, of `total` */
export type Update = (value: number, total: number) => void

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
        const result = await work((value, total) => {
          bar?.setTotal(total)
          bar?.update(value)
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
  const format = `${label} {bar} {percentage}% {eta_formatted}`
  const bar = new SingleBar(
    { stream, format, clearOnComplete: true, hideCursor: true, barsize: 30 },
    Presets.shades_classic,
  )
  bar.start(1, 0)
  return bar
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)} s`
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 2 : 0)} MB`
}
