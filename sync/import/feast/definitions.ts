/** The definitions themselves, made as the written file will make them: what the registry would refuse is never written. */
import { collect } from '../../../registry/definitions/collect.ts'
import { type Entity, entity, type KeyTypes } from '../../../registry/definitions/entity.ts'
import { featureService } from '../../../registry/definitions/feature-service.ts'
import { featureView } from '../../../registry/definitions/feature-view.ts'
import { parquetSource } from '../../../registry/definitions/parquet-source.ts'
import type { Definitions } from '../../../registry/objects.ts'
import type { Converted } from './model.ts'

/** @throws ShorelineError INVALID naming the object */
export function definitionsOf({ entities, sources, views, services }: Converted): Definitions {
  const madeEntities = new Map(
    entities.map(({ name, joinKeys, ...said }) => {
      const keys = Object.fromEntries(joinKeys.map((key) => [key.name, key.type])) as KeyTypes
      return [name, entity(name, { joinKeys: keys, ...said }) as Entity]
    }),
  )
  const madeSources = new Map(
    sources.map(({ fillIn: _, columns, name, ...rest }) => [
      name,
      parquetSource(name, Object.keys(columns).length > 0 ? { ...rest, columns } : rest),
    ]),
  )
  const madeViews = new Map(
    views.map(({ leftOut: _, name, ...rest }) => {
      const features = Object.fromEntries(rest.features.map(({ name: feature, ...of }) => [feature, of]))
      const of = { entity: found(madeEntities, rest.entity), source: found(madeSources, rest.source) }
      return [name, featureView(name, { ...rest, ...of, features })]
    }),
  )
  const madeServices = services.map(({ name, inputs, ...said }) => {
    const features = inputs.map(({ view, as, pick, rename }) => {
      const whole = found(madeViews, view)
      // Names are known at run time only, where `as` checks them.
      const role = as ? whole.as(as.role, as.keys as Record<never, never>) : whole
      const picked = pick ? role.pick(...pick) : role
      return rename ? picked.rename(rename) : picked
    })
    return featureService(name, { ...said, features })
  })
  return collect({ found: [...madeEntities.values(), ...madeSources.values(), ...madeViews.values(), ...madeServices] })
}

function found<T>(made: ReadonlyMap<string, T>, name: string): T {
  const one = made.get(name)
  if (one === undefined) throw new Error(`the import refers to ${name}, which it did not make`)
  return one
}
