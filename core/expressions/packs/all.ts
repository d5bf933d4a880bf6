/** Every pack at once, where the size of the code does not matter: the Worker, Node. */
import { type Packs, packsOf } from '../packs.ts'
import { LISTS } from './lists.ts'
import { STRINGS } from './strings.ts'
import { TIME } from './time.ts'
import { TRANSCENDENTAL } from './transcendental.ts'

export const ALL_PACKS: Packs = packsOf([TRANSCENDENTAL, STRINGS, TIME, LISTS])
