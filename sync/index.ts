/** The entry point `shoreline/sync`: what the command does, for programs. */
export type { TrainingManifest } from '../registry/training.ts'
export { type Control, type ControlOptions, controlOf } from './control.ts'
export { loadDefinitions } from './definitions.ts'
export { type MaterializeOptions, materialize, type Workplace } from './materialize/materialize.ts'
export type { ViewReport } from './materialize/report.ts'
export { type Progress, progressOn } from './progress.ts'
export { type TrainingRequest, type TrainingSet, trainingSet } from './training/training-set.ts'
export { type WorkplaceOptions, workplace } from './workplace.ts'
