/** A local deployment of its own: state in a folder of the run, any free port, the lake in its R2 and the views applied. */
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { collect } from '../../registry/definitions/collect.ts'
import type { ViewObject } from '../../registry/objects.ts'
import { pickViews } from '../../sync/cli/sync.ts'
import { r2Access } from '../../sync/config.ts'
import { controlOf } from '../../sync/control.ts'
import { migrate } from '../../sync/dev/migrate.ts'
import { startWorker } from '../../sync/dev/worker-process.ts'
import { openLake } from '../../sync/lake/resolve.ts'
import { LAKE_FOLDER, userPurchases, userTotals } from './features.ts'
import { CLOCK, type LakeFile } from './lake.ts'

export interface Deployment {
  readonly url: string
  readonly view: ViewObject
  stop(): Promise<void>
}

export async function deploy(folder: string, files: readonly LakeFile[]): Promise<Deployment> {
  const place = { root: resolve(import.meta.dirname, '../..'), folder: join(folder, 'deployment') }
  await migrate(place)
  const { url, stop } = await startWorker({ ...place, port: await freePort(), clock: CLOCK })
  try {
    const lake = openLake('r2://offline', { r2: r2Access(url, {}) })
    for (const { name, path } of files) await lake.put(`${LAKE_FOLDER}/${name}`, { file: path })
    const control = controlOf({ url })
    await control.apply(collect({ userPurchases, userTotals }))
    const [view] = pickViews(await control.registry(), [userPurchases.name])
    if (!view) throw new Error('the view was not applied')
    return { url, view, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

function freePort(): Promise<number> {
  return new Promise((found, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
