/** Mistakes in files, found when they are loaded or applied. */
import { EVENTS, file, index, RECENT, STATS, table, USER } from './mistake.fixture.ts'

export const APPLYING = table('Files and applying', [
  [
    'no folder of definitions',
    {},
    'There is no folder features. Put your definitions there, or name another in package.json: "shoreline": { "features": "…" }.',
  ],
  [
    'a folder without definitions',
    { 'features/README.md': '# Features' },
    'features holds no definitions: write one or more .ts files there.',
  ],
  [
    'definitions that are not exported',
    index(...[USER, EVENTS, STATS].map((line) => line.replace('export ', ''))),
    'features exports no definitions. Write export before what you define, as in export const stats = featureView(…).',
  ],
  [
    'a name that is not defined',
    index("export const user = entitty('user', { joinKeys: { user_id: t.string() } })"),
    'features/index.ts:2: entitty is not defined. Import it, or correct the name.',
  ],
  [
    'a definition used above its line',
    index(STATS, USER, EVENTS),
    'features/index.ts:2: user is used before it is defined. Define it further up; if two files import each other, move it into a third.',
  ],
  [
    'two files that import each other',
    {
      'features/events.ts': file("import { user } from './users.ts'", EVENTS, STATS),
      'features/users.ts': file("import { events } from './events.ts'", USER, RECENT),
    },
    'features/users.ts:4: events is used before it is defined. Define it further up; if two files import each other, move it into a third.',
  ],
  [
    'a bracket that is missing',
    index("export const user = entity('user', { joinKeys: { user_id: t.string() )"),
    "features/index.ts:2 cannot be loaded: Expected ',', got ')'. Correct it, or move the file out of the folder of the definitions.",
  ],
  [
    'an `enum`',
    index('enum Tier { gold }', USER),
    'features/index.ts:2: TypeScript enum is not supported in strip-only mode. Node removes types and runs what is left: write JavaScript in its place, for an enum an object.',
  ],
  [
    'an import without `.ts`',
    { ...index("import { user } from './users'", EVENTS, STATS), 'features/users.ts': file(USER) },
    "features/index.ts imports features/users, which is no file. Write its whole name, as in './users.ts'.",
  ],
  [
    'an import of a file that is not there',
    index("import { user } from './people.ts'", EVENTS, STATS),
    'features/index.ts imports features/people.ts, which is no file. Correct the name.',
  ],
  [
    'a package that is not installed',
    index("import { groupBy } from 'left-pad'", USER),
    'features/index.ts imports the package left-pad, which is not installed. Install it with npm, or correct the name.',
  ],
  [
    'an import of a name that does not exist',
    { 'features/index.ts': "import { entities } from 'shoreline'\n" },
    'features/index.ts:1: "shoreline" exports no entities. Correct the name; a type is imported with import type.',
  ],
  [
    'a file that throws',
    index("if (!process.env['TEAM']) throw new Error('TEAM is not set')"),
    'features/index.ts:2 cannot be loaded: TEAM is not set. Correct it, or move the file out of the folder of the definitions.',
  ],
  [
    'several mistakes in several files',
    {
      ...index("export const user = entity('User', { joinKeys: {} })"),
      'features/more.ts': file(USER.replace("'user'", "'app-user'")),
    },
    'entity: "User" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".\nentity: "app-user" is not a name. Use lower-case letters, digits and single underscores, starting with a letter, at most 63 characters, without "__".',
  ],
])
