/**
 * The requests of bench/serving in Feast's form, byte for byte, against Feast's own server: requests/s and latency for as
 * many connections as there.
 *
 * ```
 * node bench/peers/feast/main.ts --port 6566
 * ```
 */
import { parseArgs } from 'node:util'
import { type Case, makeCases } from '../../serving/cases.ts'
import { ask } from '../../serving/connection.ts'
import { makeDeployment } from '../../serving/deployment.ts'
import { runLoad, withConnections } from '../../serving/load.ts'
import { median, percentiles } from '../../serving/statistics.ts'

const CONNECTIONS = [1, 16]
const ROUNDS = 7
const ROUND_MS = 2000
const WARM_UP_MS = 1000

const { values: options } = parseArgs({ options: { port: { type: 'string', default: '6566' } } })
await main(Number(options.port), makeCases(await makeDeployment()))

async function main(port: number, cases: readonly Case[]): Promise<void> {
  console.log('| request | connections | requests/s | p50 ms | p99 ms |')
  console.log('|---------|-------------|-----------:|-------:|-------:|')
  for (const one of cases.filter(({ form, hot }) => form === 'feast' && hot)) {
    await check(port, one)
    for (const connections of CONNECTIONS) console.log(await measure(port, one, connections))
  }
}

async function measure(port: number, { title, requests }: Case, connections: number): Promise<string> {
  const cycle = { requests: requests.map(({ bytes }) => bytes), next: 0 }
  return withConnections(port, connections, async (open) => {
    await runLoad(open, cycle, WARM_UP_MS)
    const rates: number[] = []
    const latencies: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const sample = await runLoad(open, cycle, ROUND_MS)
      rates.push(sample.latencies.length / sample.seconds)
      latencies.push(...sample.latencies)
    }
    const [p50 = 0, p99 = 0] = percentiles(latencies, [0.5, 0.99])
    return `| ${title} | ${connections} | ${median(rates).toFixed(0)} | ${p50.toFixed(3)} | ${p99.toFixed(3)} |`
  })
}

interface FeastAnswer {
  readonly results: readonly { readonly values: readonly unknown[]; readonly statuses: readonly string[] }[]
}

/** As many columns and values as Shoreline answers, all of them there: Feast prints numbers in its own way. */
async function check(port: number, { title, requests }: Case): Promise<void> {
  const [first] = requests
  if (!first) throw new Error(`${title}: nothing is asked`)
  const answer = await ask(port, first.bytes)
  const shape = (text: string): string => {
    const { results }: FeastAnswer = JSON.parse(text)
    return results.map(({ values, statuses }) => `${values.length} ${statuses.join()}`).join('\n')
  }
  if (answer.status !== 200 || shape(answer.body) !== shape(first.expected))
    throw new Error(`${title}: answered\n${answer.head}\n\n${answer.body}\nexpected\n${first.expected}`)
}
