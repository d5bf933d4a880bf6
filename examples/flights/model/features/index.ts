/** The flights with the model on top. Its scale is of a training set, so it is applied once there is one: `npm run example:model`. */
export * from '../../features/index.ts'
export * from './late.ts'
