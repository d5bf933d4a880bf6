import { featureService, onDemandView, request, t } from 'shoreline'
import { airportDelays } from '../../features/airports.ts'
import { routeDelays } from '../../features/routes.ts'
import { TRAINING_SET, termsIn } from '../terms.ts'
import { weights } from '../weights.ts'

const terms = termsIn((column, of) => `stat('${TRAINING_SET}', '${column}', '${of}')`)
const weighted = Object.entries(weights.terms).map(
  ([term, weight]) => `(${weight}) * ${terms[term as keyof typeof terms]}`,
)

/** Logistic regression: weights that were fitted, on features scaled as they were then. */
export const lateModel = onDemandView('late_model', {
  description: 'How likely the flight is 15 minutes late or more, as a model learned it from earlier flights',
  owner: 'flights@example.com',
  tags: { domain: 'delays' },
  inputs: [
    airportDelays.as('origin_delays', { airport: 'origin' }).pick('late_share_1d', 'late_share_7d', 'avg_delay_7d'),
    airportDelays
      .as('destination_delays', { airport: 'destination' })
      .pick('late_share_7d')
      .rename({ late_share_7d: 'destination_late_share_7d' }),
    routeDelays.pick('avg_delay_30d', 'distance'),
    request({ scheduled_at: t.timestamp() }),
  ],
  features: { late_probability: { type: t.float64(), description: 'From 0 to 1' } },
  sql: { late_probability: `1 / (1 + exp(-(${[`(${weights.bias})`, ...weighted].join(' + ')})))` },
})

export const flightLate = featureService('flight_late', {
  description: 'The model’s answer for one flight',
  owner: 'flights@example.com',
  features: [lateModel],
})
