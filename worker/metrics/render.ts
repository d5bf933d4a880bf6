/** Numbers as Prometheus reads them. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
import { BUCKETS_MS, type Cell, METRICS, type MetricName, SUM } from './definitions.ts'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

interface Sample {
  readonly labels: readonly string[]
  readonly value: number
}

/** @param notes lines of comment, for a person who looks */
export function renderMetrics(cells: readonly Cell[], notes: readonly string[] = []): string {
  const samples = Map.groupBy(
    cells.map(([key, value]) => {
      const [metric, ...labels] = JSON.parse(key) as [string, ...(string | number)[]]
      return { metric, labels: labels.map(String), value }
    }),
    ({ metric }) => metric,
  )
  const lines = notes.map((note) => `# ${note}`)
  for (const metric of Object.keys(METRICS) as MetricName[]) {
    const { type, labels, help } = METRICS[metric]
    const own = samples.get(metric) ?? []
    lines.push(`# HELP ${metric} ${help}`, `# TYPE ${metric} ${type}`)
    if (type === 'histogram') lines.push(...histogram(metric, own))
    // A counter that nothing has been added to is 0; a gauge that could not be read is not.
    else if (type === 'counter' && labels.length === 0) lines.push(`${metric} ${own[0]?.value ?? 0}`)
    else lines.push(...own.map((one) => `${metric}${braces(labels, one.labels)} ${one.value}`).sort())
  }
  return `${lines.join('\n')}\n`
}

function histogram(metric: string, samples: readonly Sample[]): readonly string[] {
  const doors = Map.groupBy(samples, ({ labels }) => labels[0] ?? '')
  return [...doors].sort(byName).flatMap(([door, cells]) => {
    const of = (bucket: number | string): number => cells.find(({ labels }) => labels[1] === String(bucket))?.value ?? 0
    let count = 0
    const bucket = (number: number, le: string): string => {
      count += of(number)
      return `${metric}_bucket${braces(['door', 'le'], [door, le])} ${count}`
    }
    const buckets = BUCKETS_MS.map((ms, number) => bucket(number, String(ms / 1000)))
    const all = bucket(BUCKETS_MS.length, '+Inf')
    const own = braces(['door'], [door])
    return [...buckets, all, `${metric}_sum${own} ${of(SUM) / 1000}`, `${metric}_count${own} ${count}`]
  })
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function braces(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  return `{${names.map((name, at) => `${name}="${escaped(values[at] ?? '')}"`).join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
