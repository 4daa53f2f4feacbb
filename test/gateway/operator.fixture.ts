import { operator } from '../../src/gateway/operator.ts'
import { joseSealer } from '../../src/platform/jose-sealer.ts'
import { fakeRegistry } from '../support/registry.ts'
import { edited, minimal } from './document.fixture.ts'

export const MASTER = 'mk-0123456789abcdef'
/** A valid document with a master key and a client. */
export const notes = edited(
  edited(edited(minimal, '/app_id', 'notes'), '/app_config/master_key', MASTER),
  '/app_config/clients',
  [{ client_name: 'web', client_id: 'old' }],
)
export const NOTES = '/tenants/notes.example'

/** The operator's host over a registry in memory, of which a write or deletion may be made to fail. */
export function operatorHost(
  documents: Readonly<Record<string, unknown>> = { 'host:notes.example': notes },
  sealKeys?: string,
) {
  const registry = fakeRegistry(documents)
  const writes: string[] = []
  let failsAt = Infinity
  const counted = {
    ...registry,
    put: async (...args: Parameters<typeof registry.put>) => {
      writes.push(args[0])
      if (writes.length > failsAt) throw new Error('KV is away')
      await registry.put(...args)
    },
    delete: async (key: string) => {
      writes.push(key)
      if (writes.length > failsAt) throw new Error('KV is away')
      await registry.delete(key)
    },
  }
  let made = 0
  const hono = operator({
    registry: counted,
    sections: {},
    key: 'k',
    random: (bytes) => `fresh-${++made}-${bytes}`,
    sealer: sealKeys === undefined ? null : joseSealer(sealKeys),
  })
  const send = async (method: string, path: string, body?: object) => {
    const response = await hono.request(path, {
      method,
      headers: { authorization: 'Bearer k' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const { result, error } = (await response.json()) as {
      result?: unknown
      error?: { name: string; message: string }
    }
    return { status: response.status, result, error }
  }
  return {
    registry,
    writes,
    send,
    failAfter: (count: number) => {
      failsAt = writes.length + count
    },
    heal: () => {
      failsAt = Infinity
    },
    stored: (host = 'notes.example') => JSON.parse(registry.texts.get(`host:${host}`) ?? 'null') as never,
  }
}
