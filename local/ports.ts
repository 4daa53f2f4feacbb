import { createServer } from 'node:net'

/**
 * A TCP port nobody listens on at 127.0.0.1: `preferred` itself, or any when it is absent or 0.
 * Ports are probed before something is started on them because workerd and Postgres answer a used one with a
 * stack trace or a log line far from the cause. Another process may still take the port in between.
 * @param flag the option a person would change, named in the error
 * @throws Error with one line when `preferred` is in use or not allowed
 */
export async function freePort(preferred = 0, flag = '--port'): Promise<number> {
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen({ port: preferred, host: '127.0.0.1', exclusive: true }, resolve)
    })
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'in use' : `not usable (${String(error)})`
    throw new Error(`Port ${preferred} is ${why}: stop what holds it, or choose another with ${flag}.`, {
      cause: error,
    })
  }
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The port probe has no TCP address.')
  return address.port
}
