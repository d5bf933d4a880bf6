/** What the catalog answers: `registry/catalog` says the same to the compiler, and is checked against it. */
import * as z from 'zod'
import type {
  DescribedEntity,
  DescribedOnDemandView,
  DescribedService,
  DescribedSource,
  DescribedStoredView,
  DescribedView,
} from '../../catalog/describe.ts'
import { type Lineage, NODE_KINDS } from '../../catalog/graph.ts'
import type { SearchAnswer } from '../../catalog/search.ts'
import {
  csvSourceFields,
  entityFields,
  featureFields,
  metadata,
  ndjsonSourceFields,
  onDemandFields,
  parquetSourceFields,
  pushSourceFields,
  serviceFields,
  viewFields,
} from './objects.ts'
import { answer, count, instant, list, shapeOf, tags, texts, visibility } from './shape.ts'

const version = z.int().min(1)
const kind = z.enum(NODE_KINDS)
const label = answer({
  tag: z.string(),
  value: z.string(),
  from: texts.describe('The nodes that carry the tag themselves, by id.'),
})

const described = {
  registry: count.describe('The registry revision that this is read from.'),
  object: z.enum(['entity', 'source', 'view', 'service']),
  labels: list(label).describe("The object's tags, and those inherited along lineage."),
  used_by: answer({
    views: texts.exactOptional().describe('As view@version, retained versions included.'),
    services: texts.describe('As service@version.'),
    keys: texts.describe('API keys that asked for it, as far as serving has counted.'),
  }),
  history: list(
    answer({
      registry: count,
      change: z.string(),
      version: version.exactOptional(),
      by: z.string().nullable(),
      commit: z.string().nullable(),
      at: instant,
    }),
  ).describe('Newest first.'),
}

export const entityDescription = shapeOf<DescribedEntity>()(answer({ ...entityFields, ...described }))

const found = list(answer({ name: z.string(), type: z.string() })).describe('Columns, as the last check found them.')
export const sourceDescription = shapeOf<DescribedSource>()(
  z.union([
    answer({ ...parquetSourceFields, ...described, found }),
    answer({ ...csvSourceFields, ...described, found }),
    answer({ ...ndjsonSourceFields, ...described, found }),
    answer({ ...pushSourceFields, ...described, found }),
  ]),
)

const describedFeatures = list(
  answer({
    ...featureFields,
    labels: list(label),
    from: texts.describe(
      'What its values are computed from: source columns, or on demand features as view@version.feature.',
    ),
  }),
)
export const viewDescription = shapeOf<DescribedView>()(
  z.union([
    shapeOf<DescribedStoredView>()(
      answer({
        ...viewFields,
        ...described,
        features: describedFeatures,
        versions: list(
          answer({
            version,
            snapshot: version.nullable().describe('The snapshot that is served; null when none is.'),
            services: texts,
          }),
        ),
      }),
    ),
    shapeOf<DescribedOnDemandView>()(
      answer({
        ...onDemandFields,
        ...described,
        features: describedFeatures,
        versions: list(answer({ version, services: texts })),
      }),
    ),
  ]),
)

export const serviceDescription = shapeOf<DescribedService>()(
  answer({
    ...serviceFields,
    ...described,
    versions: list(
      answer({ version, online: z.boolean().describe('Whether all its views are online.'), views: texts }),
    ),
  }),
)

export const lineageAnswer = shapeOf<Lineage>()(
  answer({
    registry: count,
    nodes: list(
      answer({
        id: z.string().describe('As view:airport_delays@1 or column:flights.delay.'),
        kind,
        name: z.string(),
        ...metadata,
        version: version.exactOptional(),
        parent: z.string().exactOptional().describe('The source of a column, the view of a feature.'),
        type: z.string().exactOptional(),
        visibility: visibility.exactOptional(),
        retired: z.literal(true).exactOptional(),
        labels: list(label),
      }),
    ),
    edges: list(
      answer({ from: z.string(), to: z.string(), kind: z.enum(['values', 'keys', 'rows', 'takes']) }),
    ).describe('In the direction of the data.'),
  }),
)

export const searchAnswer = shapeOf<SearchAnswer>()(
  answer({
    query: z.string(),
    total: count.describe('How many there are in all.'),
    hits: list(
      answer({
        id: z.string(),
        kind,
        name: z.string(),
        version: version.exactOptional(),
        description: z.string().exactOptional(),
        owner: z.string().exactOptional(),
        tags,
        matched: list(z.enum(['name', 'tag', 'owner', 'description'])).describe('Best first.'),
        score: z.number(),
      }),
    ),
  }),
)
