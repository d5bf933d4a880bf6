/** Written by `npm run example:model`, which says when it fits others. */
import type { Weights } from './terms.ts'

export const weights: Weights = {
  bias: -1.48905,
  terms: {
    late_share_1d: 0.271764,
    late_share_7d: 0.113533,
    avg_delay_7d: -0.108741,
    destination_late_share_7d: 0.0727006,
    avg_delay_30d: 0.251961,
    distance: 0.0752922,
    time_of_day: 0.434672,
    time_of_day_squared: -0.200358,
    thursday_or_friday: 0.190983,
    saturday: -0.480032,
  },
}
