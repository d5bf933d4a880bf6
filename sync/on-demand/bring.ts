/** On-demand code on its way to the Worker, before a plan that needs it may go online. */
import { type Config, r2Access } from '../config.ts'
import type { Control } from '../control.ts'
import { provideLocally, runsHere } from '../dev/code.ts'
import { openLake } from '../lake/resolve.ts'
import type { CodeFile } from './code.ts'
import { loadCode, storeCode } from './store.ts'

/**
 * Uploads the modules to the lake. The Worker of this machine is given them at once; any other gets them with "shoreline deploy",
 * and refuses the registry until then.
 */
export async function bringCode(
  control: Control,
  config: Pick<Config, 'root' | 'folder' | 'lake'>,
  modules: ReadonlyMap<string, CodeFile>,
): Promise<void> {
  if (modules.size === 0) return
  const lake = openLake(config.lake, { r2: r2Access(control.url), folder: config.root })
  await storeCode(lake, modules)
  const running = await control.code()
  if (!runsHere(config, running)) return
  const held = new Set(running.holds)
  const retained = new Set(running.needs.map(({ hash }) => hash))
  const lost = [...retained].filter((hash) => !held.has(hash) && !modules.has(hash))
  if (lost.length === 0 && [...modules.keys()].every((hash) => held.has(hash))) return
  const given = new Map([...(await loadCode(lake, lost)), ...modules])
  await provideLocally(config, given, retained, () => control.code())
}
