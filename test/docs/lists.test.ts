/** Pages that list what there is list all of it: routes, tables of D1, commands. */
import { readdirSync, readFileSync } from 'node:fs'
import { getTableName, isTable } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import * as schema from '../../registry/schema.ts'
import { OPERATIONS } from '../../worker/openapi/operations.ts'

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}

/** Paths as a page writes them, the parts of a path under any name. */
const PARTS = /:[a-z]+|\{[a-z]+\}/g

describe('docs/http.md, with the page of Feast', () => {
  const page = `${read('docs/http.md')}${read('docs/feast-http.md')}`
    .replace(/\S*\{(entities,sources[a-z,]*)\}(\S*)/, (_, names: string, rest: string) =>
      names.split(',').reduce((all, name) => `${all} /v1/registry/${name}${rest}`, ''),
    )
    .replaceAll(PARTS, '*')

  it.each(Object.keys(OPERATIONS))('lists %s', (name) => {
    const path = name.slice(name.indexOf('/')).replaceAll(PARTS, '*')
    const found = page.split(/[^A-Za-z0-9_/.*-]+/).map((word) => word.replace(/^[^/]+/, ''))
    expect(found).toContain(path)
  })
})

describe('docs/storage.md', () => {
  it('lists the tables of D1, each once and no other', () => {
    const page = read('docs/storage.md')
    const section = page.slice(page.indexOf('\n## D1\n'), page.indexOf('\n## The machine of a sync'))
    const listed = [...section.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => cell.match(/[a-z_]+/g) ?? [])
    const tables = Object.values<unknown>(schema).flatMap((one) => (isTable(one) ? [getTableName(one)] : []))
    expect(listed.sort()).toEqual(tables.sort())
  })
})

describe('README.md', () => {
  const page = read('README.md')

  it('leads to every page', () => {
    const pages = readdirSync(new URL('../../docs', import.meta.url)).filter((file) => file.endsWith('.md'))
    expect(pages.filter((file) => !page.includes(`docs/${file}`))).toEqual([])
  })

  it('leads nowhere that is not there', () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(10)
    for (const link of new Set(links)) expect(() => readdirOrFile(link), link).not.toThrow()
  })

  it('names only commands that there are', () => {
    const main = read('sync/cli/main.ts')
    const named = [...page.matchAll(/shoreline (?:--[a-z]+ (?:"[^"]*"|\S+) )*([a-z]+)\b/g)].map(
      ([, command = '']) => command,
    )
    const commands = [...main.matchAll(/^ {2}([a-z]+)Command\(\),$/gm)].map(([, command]) => command)
    expect(commands.length).toBeGreaterThan(15)
    expect(named.filter((command) => !commands.includes(command))).toEqual([])
  })
})

function readdirOrFile(link: string): void {
  const url = new URL(`../../${link}`, import.meta.url)
  try {
    readFileSync(url)
  } catch {
    readdirSync(url)
  }
}
