import type { TenantRegistry } from '../../src/core/registry.ts'
import { makeData, runningDev } from '../dev/state.ts'
import { OPERATOR_HOST, operatorBy, sendToPort, type Operator } from '../operator-client.ts'
import { withFiles } from '../registry/files.ts'
import { platform } from './platform.ts'

/** Whoever opens the files may do what they like: the key is only the shape of the request. */
const KEY = 'local'

/**
 * Gives `use` the operator of a data directory: the running dev's, or, where none runs, the same code over the same
 * local KV. Two writers to the files at once would be one too many, hence never the files beside a dev.
 */
export async function withOperator<T>(data: string, use: (operator: Operator) => Promise<T>): Promise<T> {
  const dev = runningDev(data)
  if (!dev) return withFiles(makeData(data), async (registry) => use(await operatorOver(registry)))
  if (dev.port === undefined) throw new Error(STARTING)
  try {
    return await use(operatorBy(sendToPort(dev.port, dev.operatorKey)))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED')
      throw new Error(STARTING, { cause })
    throw cause
  }
}

const STARTING = 'npm run dev is still starting: try again when it is ready'

/** The operator's own code over a registry: what the Worker would do, here. */
export async function operatorOver(registry: TenantRegistry): Promise<Operator> {
  // Half of what a command takes, and only needed here.
  const [{ sections }, { operator }, { joseSealer }] = await Promise.all([
    import('../../src/gears.ts'),
    import('../../src/gateway/operator.ts'),
    import('../../src/platform/jose-sealer.ts'),
  ])
  const sealKey = process.env['TENANT_SEAL_KEY']
  const sealer = sealKey ? joseSealer(sealKey) : null
  const hono = operator({ registry, sections, key: KEY, sealer, platform: platform() })
  // What goes wrong below the operator is said by who runs the command, not logged.
  hono.onError((cause) => {
    throw cause
  })
  return operatorBy(async ({ method, path, headers, body }) => {
    const response = await hono.request(`http://${OPERATOR_HOST}${path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${KEY}` },
      ...(body !== undefined && { body }),
    })
    return { status: response.status, text: await response.text() }
  })
}
