import { createServer } from 'node:net'
import { ShorelineError } from '../../core/errors.ts'

/** @throws ShorelineError CONFLICT when something listens there already */
export function checkPortFree(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (thrown: NodeJS.ErrnoException) =>
      reject(
        thrown.code === 'EADDRINUSE'
          ? new ShorelineError(
              'CONFLICT',
              `Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1} npm start.`,
            )
          : new ShorelineError('CONFLICT', `Port ${port} cannot be used: ${thrown.message}.`),
      ),
    )
    server.listen(port, host, () => server.close(() => resolve()))
  })
}
