/** How many feature values of one view were answered with each status. Plain fields: they are on the way of every request. */
import type { FeatureStatus } from '../../registry/wire/features.ts'

export class StatusTally {
  present = 0
  nulls = 0
  notFound = 0
  outside = 0
  invalid = 0

  count(status: FeatureStatus, values = 1): void {
    switch (status) {
      case 'PRESENT':
        this.present += values
        return
      case 'NULL_VALUE':
        this.nulls += values
        return
      case 'NOT_FOUND':
        this.notFound += values
        return
      case 'OUTSIDE_MAX_AGE':
        this.outside += values
        return
      case 'INVALID':
        this.invalid += values
    }
  }

  add(other: StatusTally): void {
    this.present += other.present
    this.nulls += other.nulls
    this.notFound += other.notFound
    this.outside += other.outside
    this.invalid += other.invalid
  }

  reset(): void {
    this.present = 0
    this.nulls = 0
    this.notFound = 0
    this.outside = 0
    this.invalid = 0
  }
}
