/** Runs a measurement in a fresh process. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Measured, Measurement } from './job.ts'

const run = promisify(execFile)
const SCRIPT = join(import.meta.dirname, 'measure.ts')

export async function measureInChild(what: Measured, job: string): Promise<Measurement> {
  const { stdout } = await run(process.execPath, ['--no-warnings', SCRIPT, what, job])
  return JSON.parse(stdout) as Measurement // printed by measure.ts
}
