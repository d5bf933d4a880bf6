export * from './airports.ts'
export * from './risk.ts'
export * from './routes.ts'
export * from './services.ts'
