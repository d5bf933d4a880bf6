/** Runs a measurement in a fresh process. */
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Job, Measurement } from './job.ts'

const run = promisify(execFile)
const SCRIPT = join(import.meta.dirname, 'measure.ts')

/** What it wrote is removed before the next, so that no process pays for another's files; its bucket stays. */
export async function measureInChild(job: Job): Promise<Measurement> {
  await mkdir(job.folder, { recursive: true })
  try {
    const file = join(job.folder, 'job.json')
    await writeFile(file, JSON.stringify(job))
    const { stdout } = await run(process.execPath, ['--no-warnings', SCRIPT, file]).catch((thrown: unknown) => {
      throw new Error(reason(thrown), { cause: thrown })
    })
    return JSON.parse(stdout) as Measurement // printed by measure.ts
  } finally {
    await rm(job.folder, { recursive: true, force: true })
  }
}

/** What the process says when it fails: the line that names the error, or the signal that ended it. */
function reason(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const signal = typeof thrown === 'object' && thrown !== null && 'signal' in thrown ? thrown.signal : null
  return /^\w*Error.*$/m.exec(text)?.[0] ?? (signal ? `the process was ended by ${String(signal)}` : text)
}
