import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import { createRepository } from '../init/repository.ts'
import type { GlobalOptions } from './context.ts'

interface InitOptions extends GlobalOptions {
  readonly package?: string
}

export function initCommand(): Command {
  return new Command('init')
    .description('a new feature repository that starts with two commands')
    .argument('[dir]', 'its folder', '.')
    .option('--package <range|tarball>', 'what it depends on, instead of the version that writes it')
    .action(async (dir: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<InitOptions>()
      const created = await createRepository(dir, options.package && dependency(options.package))
      process.stdout.write(
        options.json ? `${JSON.stringify(created, null, 2)}\n` : nextSteps(created.folder, created.files),
      )
    })
}

/** npm reads a path from the folder of package.json; who names one here means it from where they are. */
function dependency(text: string): string {
  const path = text.replace(/^file:(\/\/(?=\/))?/, '')
  const isPath = path !== text || (/^[./~]|\.tgz$/.test(text) && existsSync(path))
  return isPath ? `file:${resolve(path)}` : text
}

function nextSteps(folder: string, files: readonly string[]): string {
  const from = relative('', folder)
  return [
    `A feature repository in ${folder}:`,
    ...files.map((file) => `  ${file}`),
    '',
    'Next:',
    ...(from === '' ? [] : [`  cd ${from}`]),
    '  npm install',
    '  npm start',
    '',
    'README.md goes on from there.\n',
  ].join('\n')
}
