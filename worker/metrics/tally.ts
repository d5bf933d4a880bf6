/** How many feature values of one view were answered with each status. Plain fields: they are on the way of every request. */
import type { FeatureStatus } from '../../registry/wire/features.ts'

export type CountedStatus = Exclude<FeatureStatus, 'INVALID'>

export class StatusTally {
  present = 0
  nulls = 0
  notFound = 0
  outside = 0

  count(status: CountedStatus, values = 1): void {
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
    }
  }

  add(other: StatusTally): void {
    this.present += other.present
    this.nulls += other.nulls
    this.notFound += other.notFound
    this.outside += other.outside
  }

  reset(): void {
    this.present = 0
    this.nulls = 0
    this.notFound = 0
    this.outside = 0
  }
}
