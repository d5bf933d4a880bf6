/** From 0 at nine hours before or after six in the evening to 1 then: delays add up over a day, and the night ends them. */
const busy = (hour: string): string => `greatest(0.0, 1.0 - ((${hour} - 18.0) / 9.0) * ((${hour} - 18.0) / 9.0))`

const leaves = '(hour(scheduled_at) + minute(scheduled_at) / 60.0)'
const arrives = `(${leaves} + 0.5 + distance / 480.0)`

/**
 * How likely a departure is late. The page of `examples/browser` runs the same text in a DuckDB of its own, for comparison: it
 * has only what IEEE 754 rounds in one way, so that no bit of it depends on who computes.
 */
export const RISK = `
  least(1.0,
    ( 0.75 * late_share_7d * (0.4 + ${busy(leaves)})
    + 0.25 * coalesce(destination_late_share_7d, late_share_7d) * (0.4 + ${busy(arrives)})
    ) / (0.9 + 0.1 * sqrt(distance / 1000.0)))`
