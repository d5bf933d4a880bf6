/**
 * What wrangler says of a deployment, besides what it prints: a file of one JSON object a line.
 * https://developers.cloudflare.com/workers/wrangler/system-environment-variables/ (WRANGLER_OUTPUT_FILE_PATH)
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

export interface WranglerDeploy {
  /** Bytes, compressed as uploaded; null when wrangler did not say. */
  readonly gzipped: number | null
  /** Where the Worker answers now; empty after a dry run. */
  readonly targets: readonly string[]
}

export async function readOutput(file: string): Promise<WranglerDeploy> {
  const lines = existsSync(file) ? (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '') : []
  const deploys = lines.map(parse).filter((entry) => entry['type'] === 'deploy')
  const { targets, bundle_size: size } = deploys.at(-1) ?? {}
  const bytes = typeof size === 'object' && size !== null && 'gzip_bytes' in size ? size.gzip_bytes : null
  return {
    gzipped: typeof bytes === 'number' ? bytes : null,
    targets: Array.isArray(targets) ? targets.map(String).filter((target) => URL_START.test(target)) : [],
  }
}

/** Routes and custom domains are listed too, as patterns and with words beside them. */
const URL_START = /^https?:\/\/\S+$/

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch {
    return {} // a line that wrangler had not finished
  }
}
