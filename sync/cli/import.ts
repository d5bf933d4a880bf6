import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { messageOf, ShorelineError } from '../../core/errors.ts'
import { readConfig } from '../config.ts'
import { importFeast } from '../import/feast/import.ts'
import type { Converted } from '../import/feast/model.ts'
import type { GlobalOptions } from './context.ts'

interface Options extends GlobalOptions {
  readonly out?: string
  readonly force?: boolean
  readonly bucket?: string
  readonly project?: string
}

export function importCommand(): Command {
  return new Command('import').description('write definitions from what another feature store has').addCommand(feast())
}

function feast(): Command {
  return new Command('feast')
    .description('write definitions from a Feast registry')
    .argument('<registry>', 'what `feast registry-dump` printed, or a registry.db')
    .option('--out <file>', 'where to write; feast.ts in the folder of definitions unless given')
    .option('--bucket <bucket>', 'r2://bucket[/folder] that the files in S3 and Google Cloud Storage move to')
    .option('--project <name>', 'which project, where the registry holds several')
    .option('--force', 'write over an existing file')
    .action(async (registry: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const out = options.out === undefined ? join(readConfig().features, 'feast.ts') : resolve(options.out)
      const file = options.out ?? relative(process.cwd(), out)
      const { text, converted } = importFeast(registry, await bytesOf(registry), options)
      await writeNew(out, file, text, options.force ?? false)
      const document = documentOf(file, converted)
      process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : summaryOf(document))
    })
}

async function bytesOf(registry: string): Promise<Uint8Array> {
  try {
    return await readFile(registry)
  } catch (thrown) {
    const fix = 'Give the file that "feast registry-dump > registry.json" wrote, or a registry.db.'
    throw new ShorelineError('INVALID', `${registry} cannot be read: ${messageOf(thrown)}. ${fix}`, {}, thrown)
  }
}

async function writeNew(out: string, file: string, text: string, force: boolean): Promise<void> {
  if (existsSync(out) && !force)
    throw new ShorelineError(
      'CONFLICT',
      `${file} exists already. Give another file with --out, or --force to write over it.`,
    )
  await mkdir(dirname(out), { recursive: true })
  await writeFile(out, text)
}

function documentOf(file: string, { entities, sources, views, services, renamed, workLeft }: Converted) {
  const names = (objects: readonly { readonly name: string }[]) => objects.map((object) => object.name)
  return {
    file,
    entities: names(entities),
    sources: names(sources),
    views: names(views),
    services: names(services),
    renamed,
    work_left: workLeft,
  }
}

function summaryOf(document: ReturnType<typeof documentOf>): string {
  const { file, entities, sources, views, services, renamed, work_left } = document
  const counts = [
    counted('entities', entities),
    counted('sources', sources),
    counted('views', views),
    counted('services', services),
  ]
  const lines = [
    `${file}`,
    ...counts,
    ...(renamed.length > 0
      ? ['', 'Renamed:', ...renamed.map(({ object, from, to }) => `  ${object}: ${from} -> ${to}`)]
      : []),
    ...(work_left.length > 0 ? ['', 'Work left:', ...work_left.map(({ object, what }) => `  ${object}: ${what}`)] : []),
    '',
    'Next: look through the file, then `shoreline apply` and `shoreline sync`.',
  ]
  return `${lines.join('\n')}\n`
}

function counted(kind: string, names: readonly string[]): string {
  return `  ${String(names.length).padStart(4)} ${kind.padEnd(9)}${names.join(', ')}`.trimEnd()
}
