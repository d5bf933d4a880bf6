/** The command `shoreline`. Exit codes: 0 done, 1 failed, 2 bad usage, 3 a check failed. */
import { Command, CommanderError, Option } from 'commander'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { applyCommand, retireCommand } from './apply.ts'
import { clientAssetsCommand } from './client-assets.ts'
import { codeCommand } from './code.ts'
import { deployCommand } from './deploy.ts'
import { devCommand } from './dev.ts'
import { gcCommand } from './gc.ts'
import { getCommand } from './get.ts'
import { holdCommand, resumeCommand, rollbackCommand, snapshotsCommand } from './history.ts'
import { importCommand } from './import.ts'
import { initCommand } from './init.ts'
import { keysCommand } from './keys.ts'
import { planCommand } from './plan.ts'
import { previewCommand } from './preview.ts'
import { pushCommand } from './push.ts'
import { quarantineCommand } from './quarantine.ts'
import { repairCommand } from './repair.ts'
import { cancelCommand, runsCommand } from './runs.ts'
import { statusCommand } from './status.ts'
import { syncCommand } from './sync.ts'
import { trainCommand } from './train.ts'
import { trainingSetsCommand } from './training-sets.ts'
import { verifyCommand } from './verify.ts'

const program = new Command('shoreline')
  .description('A feature store whose online half runs at the edge.')
  .addOption(new Option('--url <url>', 'the deployment').env('SHORELINE_URL').default('http://127.0.0.1:8787'))
  .addOption(new Option('--key <key>', 'API key').env('SHORELINE_KEY'))
  .option('--json', 'one JSON document on standard output, and nothing else')
  .option('--quiet', 'no progress')
  .option('--debug', 'errors with their stack')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text) })

for (const command of [
  initCommand(),
  devCommand(),
  deployCommand(),
  planCommand(),
  applyCommand(),
  importCommand(),
  retireCommand(),
  syncCommand(),
  previewCommand(),
  pushCommand(),
  statusCommand(),
  getCommand(),
  codeCommand(),
  clientAssetsCommand(),
  verifyCommand(),
  runsCommand(),
  cancelCommand(),
  snapshotsCommand(),
  rollbackCommand(),
  holdCommand(),
  resumeCommand(),
  quarantineCommand(),
  gcCommand(),
  repairCommand(),
  trainCommand(),
  trainingSetsCommand(),
  keysCommand(),
]) {
  for (const one of [command, ...command.commands]) one.exitOverride().copyInheritedSettings(program)
  program.addCommand(command)
}

try {
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = report(thrown)
}

/** One paragraph with the fix; the stack only for whoever asks. */
function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
  process.stderr.write(`${program.opts()['debug'] && thrown instanceof Error ? thrown.stack : messageOf(thrown)}\n`)
  if (!(thrown instanceof ShorelineError) && !program.opts()['debug'])
    process.stderr.write('This is a fault of ours; --debug shows where.\n')
  return thrown instanceof ShorelineError && thrown.details['check'] === true ? 3 : 1
}
