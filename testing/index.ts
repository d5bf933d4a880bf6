/**
 * `shoreline/testing`: unit tests of feature authors, and of applications that read features.
 *
 * @example
 * import { mockClient, testView } from 'shoreline/testing'
 *
 * expect(await testView(delayRisk, [{ origin: 'SFO', late_share_7d: 0.5, distance: 4 }])).toEqual([{ risk: 1 }])
 */
export { type MockAnswers, type MockRow, mockClient } from '../client/mock.ts'
export { INVALID } from '../sync/testing/invalid.ts'
export type { TestedRow, TestedStatistics, TestViewOptions } from '../sync/testing/test-view.ts'

/** Where DuckDB is loaded: tests of applications do without, in a browser too. */
export const testView: typeof import('../sync/testing/test-view.ts').testView = async (view, rows, options) =>
  (await import('../sync/testing/test-view.ts')).testView(view, rows, options)
