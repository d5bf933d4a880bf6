/** Where a program works: a deployment, its lake, and a folder of this machine, as the command finds them. */
import { r2Access, readConfig } from './config.ts'
import { controlOf } from './control.ts'
import type { Workplace } from './materialize/materialize.ts'
import { type Progress, SILENT } from './progress.ts'

export interface WorkplaceOptions {
  /** Of the deployment. */
  readonly url: string
  /** With `registry:read` and `sync:write`, where the deployment asks for one. */
  readonly key?: string | undefined
  /** The folder of the feature repository, whose package.json says where the lake is; the current one when left out. */
  readonly repository?: string
  /** What it may take of this machine, `2GB`. */
  readonly memory?: string
  /** Silent when left out. */
  readonly progress?: Progress
}

/** The bucket is read by `R2_ENDPOINT`, `R2_ACCESS_KEY_ID` and `R2_SECRET_ACCESS_KEY`, or through a local Worker. */
export function workplace({ url, key, repository, memory = '4GB', progress = SILENT }: WorkplaceOptions): Workplace {
  const { root, lake: bucket, folder } = readConfig(repository)
  const deployment = url.replace(/\/+$/, '')
  const lake = { r2: r2Access(deployment), folder: root }
  return { control: controlOf({ url: deployment, key }), lake, bucket, folder, memory, progress }
}
