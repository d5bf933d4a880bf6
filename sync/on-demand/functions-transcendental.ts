/** Functions whose last digit differs from library to library: ours on both paths, as scalar functions in DuckDB. */
import { ours, type SqlFunction } from './sql-function.ts'

const pack = 'transcendental'
const one = (name: string) => ours(name, ['float64 -> float64'], { pack })
const two = (name: string) => ours(name, ['float64, float64 -> float64'], { pack })

export const TRANSCENDENTAL_FUNCTIONS: readonly SqlFunction[] = [
  ...['exp', 'ln', 'log10', 'log2', 'sin', 'cos', 'tan', 'atan'].flatMap(one),
  ...['pow', 'atan2'].flatMap(two),
]

/** As users write them: DuckDB's log is to base 10. */
export const TRANSCENDENTAL_NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(TRANSCENDENTAL_FUNCTIONS.map(({ call, name }) => [call, name])),
  ...{ log: 'shoreline_log10', power: 'shoreline_pow', '**': 'shoreline_pow', '^': 'shoreline_pow' },
}
