/** A page with nothing but the client, which asks for one row as soon as it runs: at the edge or on the device, as its address says. */
import { clientOf, rowOf } from './ranking.ts'

const called = performance.now()
const compute = location.hash === '#local' ? 'local' : 'edge'
const { row: found, meta } = await clientOf(false).get('ranking', rowOf(0, 60), { compute })
if (typeof found.score !== 'number' || meta.computed !== compute) throw new Error('no value')
const now = performance.now()
/** Milliseconds since the navigation began, and of the call. */
Object.assign(globalThis, { first: [now, now - called] })
