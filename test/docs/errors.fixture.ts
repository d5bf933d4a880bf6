/**
 * Mistakes that a person makes in a feature repository, and what `shoreline plan` says about each. docs/errors.md shows
 * the same rows in the same words.
 */
import { APPLYING } from './errors/applying.fixture.ts'
import { CHECKS } from './errors/checks.fixture.ts'
import type { Mistake } from './errors/mistake.fixture.ts'
import { NAMES } from './errors/names.fixture.ts'
import { ON_DEMAND } from './errors/on-demand.fixture.ts'
import { PUSHES } from './errors/pushes.fixture.ts'
import { SERVICES } from './errors/services.fixture.ts'
import { SOURCES } from './errors/sources.fixture.ts'
import { SQL } from './errors/sql.fixture.ts'
import { STATISTICS } from './errors/statistics.fixture.ts'

/** Tried one after the other with the command's own steps. */
export const MISTAKES: readonly Mistake[] = [
  ...NAMES,
  ...SQL,
  ...SOURCES,
  ...PUSHES,
  ...SERVICES,
  ...ON_DEMAND,
  ...STATISTICS,
  ...CHECKS,
  ...APPLYING,
]
