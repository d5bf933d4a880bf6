// Runs a command and ends it, with everything that it started, when whoever asked for it is gone: standard input is a pipe
// from there, and a pipe closes however a process ends, killed or not. Leader of its own process group.
import { spawn } from 'node:child_process'

const STOP_WITHIN_MS = 1000

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] })
child.once('close', (code) => process.exit(code ?? 1))

// One signal to the group reaches us too, and we stay to see that the others are gone.
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {})

process.stdin.resume()
process.stdin.once('close', () => {
  process.kill(-process.pid, 'SIGTERM')
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), STOP_WITHIN_MS)
})
