import { describe, expect, it, vi } from 'vitest'
import { operator } from '../../src/gateway/operator.ts'
import { fakeRegistry } from '../support/registry.ts'
import { edited, minimal } from './document.fixture.ts'

const KEY = 'operator-key'
const MASTER = 'mk-0123456789abcdef'
const notes = edited(edited(minimal, '/app_id', 'notes'), '/app_config/master_key', MASTER)

/** The operator's host over a registry in memory. */
function operatorHost(documents: Readonly<Record<string, unknown>> = {}, key: string | null = KEY) {
  const registry = fakeRegistry(documents)
  const hono = operator({ registry, sections: {}, key })
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const response = await hono.request(path, {
      method,
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }
  return { registry, send }
}
const refused = (status: number, name: string) => ({
  status,
  json: { error: expect.objectContaining({ name }) },
})

describe('the operator', () => {
  const calls = [
    ['GET', '/tenants'],
    ['GET', '/tenants/notes.example'],
    ['PUT', '/tenants/notes.example'],
    ['GET', '/nowhere'],
  ] as const

  it.each(calls)('needs the key to %s %s, and changes nothing without it', async (method, path) => {
    const { send, registry } = operatorHost({ 'host:notes.example': notes })
    const body = method === 'PUT' ? edited(notes, '/app_id', 'mine') : undefined
    for (const authorization of [
      '',
      KEY,
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      `Basic ${KEY}`,
      `Bearer ${KEY}x`,
    ])
      expect(await send(method, path, body, { authorization })).toEqual(refused(401, 'AccessKeyNotAccepted'))
    expect(registry.reads).toEqual([])
    expect(registry.texts.get('host:notes.example')).toBe(JSON.stringify(notes))
  })

  it.each(calls)('is nobody where no key is set: %s %s is 503', async (method, path) => {
    const { send } = operatorHost({}, null)
    expect(await send(method, path)).toEqual(refused(503, 'NotConfigured'))
    expect(await send(method, path, undefined, { authorization: 'Bearer ' })).toEqual(
      refused(503, 'NotConfigured'),
    )
  })

  it('may be called by a scheme in any case (RFC 9110, section 11.1)', async () => {
    const { send } = operatorHost()
    expect(await send('GET', '/tenants', undefined, { authorization: `bearer ${KEY}` })).toMatchObject({
      status: 200,
    })
  })

  it('is not asked for health', async () => {
    const { send } = operatorHost({}, null)
    expect(await send('GET', '/_status/healthz', undefined, { authorization: '' })).toEqual({
      status: 200,
      json: { result: { status: 'OK' } },
    })
  })

  it('has no other paths: 117', async () => {
    const { send } = operatorHost()
    expect(await send('GET', '/nowhere')).toEqual(refused(404, 'UndefinedOperation'))
    expect(await send('PATCH', '/tenants')).toEqual(refused(404, 'UndefinedOperation'))
    expect(await send('DELETE', '/tenants')).toEqual(refused(404, 'UndefinedOperation'))
  })
})

describe('a tenant’s document', () => {
  it('is stored as it was sent, with a summary for listings', async () => {
    const { send, registry } = operatorHost()
    const document = { ...(notes as object), plan: 'paid', gears: { record: 'nightly' } }
    expect(await send('PUT', '/tenants/Notes.Example:8787', document)).toEqual({
      status: 200,
      json: { result: { host: 'notes.example', warnings: [] } },
    })
    expect([...registry.texts]).toEqual([['host:notes.example', JSON.stringify(document)]])
    expect(registry.summaries.get('host:notes.example')).toEqual({
      app_id: 'notes',
      plan: 'paid',
      gears: { record: 'nightly' },
    })
  })

  it('may be replaced', async () => {
    const { send, registry } = operatorHost({ 'host:notes.example': notes })
    expect(await send('PUT', '/tenants/notes.example', edited(notes, '/app_id', 'new'))).toMatchObject({
      status: 200,
    })
    expect(registry.texts.get('host:notes.example')).toContain('"app_id":"new"')
  })

  it('is stored with warnings for what has no effect', async () => {
    const { send } = operatorHost()
    const { json } = await send('PUT', '/tenants/notes.example', edited(notes, '/colour', 'blue'))
    expect(json).toEqual({
      result: { host: 'notes.example', warnings: [expect.stringContaining('/colour')] },
    })
  })

  it('may be an alias', async () => {
    const { send, registry } = operatorHost()
    await send('PUT', '/tenants/www.notes.example', { alias_of: 'notes.example' })
    expect(registry.texts.get('host:www.notes.example')).toBe('{"alias_of":"notes.example"}')
    expect(registry.summaries.get('host:www.notes.example')).toEqual({ alias_of: 'notes.example' })
  })

  it('is made only where the host is new, if the caller says so (RFC 9110, section 13.1.2)', async () => {
    const { send, registry } = operatorHost({ 'host:notes.example': notes })
    const onlyNew = { 'if-none-match': '*' }
    const other = edited(notes, '/app_id', 'other')
    expect(await send('PUT', '/tenants/notes.example', other, onlyNew)).toEqual(refused(409, 'Duplicated'))
    expect(registry.texts.get('host:notes.example')).toBe(JSON.stringify(notes))
    expect(await send('PUT', '/tenants/other.example', other, onlyNew)).toMatchObject({ status: 200 })
  })

  it.each([
    ['lacks a key', edited(notes, '/app_config/master_key'), '/app_config/master_key'],
    ['has a key too many', edited(notes, '/app_config/x', MASTER), '/app_config/x'],
    ['has a wrong value', edited(notes, '/api_version', MASTER), '/api_version'],
    ['is empty', {}, '/api_version'],
    ['is an alias of no host', { alias_of: 'not a host' }, '/alias_of'],
  ])('that %s is refused with the path, without the value, and not stored', async (_, document, path) => {
    const { send, registry } = operatorHost()
    const { status, json } = await send('PUT', '/tenants/notes.example', document)
    expect({ status, json }).toMatchObject({
      status: 400,
      json: { error: { name: 'InvalidArgument', info: { path } } },
    })
    expect(JSON.stringify(json)).not.toContain(MASTER)
    expect(registry.texts.size).toBe(0)
  })

  it.each(['{', '[]', 'null', '"text"'])('that is %j is no object: 400', async (body) => {
    const { send } = operatorHost()
    expect(await send('PUT', '/tenants/notes.example', body)).toEqual(refused(400, 'BadRequest'))
  })

  it.each(['a..b', '-a', '%20', 'a%2Fb', 'x'.repeat(300)])(
    'has no place at the host %j: 400',
    async (host) => {
      const { send, registry } = operatorHost()
      expect(await send('PUT', `/tenants/${host}`, notes)).toEqual(refused(400, 'InvalidArgument'))
      expect(registry.texts.size).toBe(0)
    },
  )

  it('is shown with its secrets masked', async () => {
    const { send } = operatorHost({ 'host:notes.example': notes })
    const { status, json } = await send('GET', '/tenants/Notes.Example')
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { result: { host: 'notes.example', document: { app_id: 'notes' } } },
    })
    expect(JSON.stringify(json)).not.toContain(MASTER)
    expect(JSON.stringify(json)).toContain('•••cdef')
  })

  it.each(['nowhere.example', 'not a host'])('of %j is not there: 404', async (host) => {
    const { send } = operatorHost({ 'host:notes.example': notes })
    expect(await send('GET', `/tenants/${encodeURIComponent(host)}`)).toEqual(
      refused(404, 'ResourceNotFound'),
    )
  })

  it('that is broken does not break its showing, and reaches neither the answer nor the log', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
    const { send } = operatorHost({ 'host:notes.example': '{"key":hunter2}' })
    const { status, json } = await send('GET', '/tenants/notes.example')
    const said = `${JSON.stringify(json)} ${String(log.mock.calls)}`
    log.mockRestore()
    expect(said).not.toContain('hunter2')
    expect(status).toBeLessThan(500)
  })
})

describe('the listing', () => {
  it('has every host, and reads only the documents that came without a summary', async () => {
    const { send, registry } = operatorHost({
      'host:bare.example': notes,
      'host:www.example': { alias_of: 'bare.example' },
    })
    await send('PUT', '/tenants/kept.example', edited(notes, '/app_id', 'kept'))
    registry.reads.length = 0
    expect(await send('GET', '/tenants')).toEqual({
      status: 200,
      json: {
        result: [
          { host: 'bare.example', app_id: 'notes' },
          { host: 'www.example', alias_of: 'bare.example' },
          { host: 'kept.example', app_id: 'kept' },
        ],
      },
    })
    expect(registry.reads).toEqual(['host:bare.example', 'host:www.example'])
  })

  it('has a host whose document is broken all the same', async () => {
    const { send } = operatorHost({ 'host:a.example': '{', 'host:b.example': '{}', 'plan:paid': '{}' })
    expect(await send('GET', '/tenants')).toEqual({
      status: 200,
      json: { result: [{ host: 'a.example' }, { host: 'b.example' }] },
    })
  })

  it('shows no secret', async () => {
    const { send } = operatorHost({ 'host:notes.example': notes })
    expect(JSON.stringify(await send('GET', '/tenants'))).not.toContain(MASTER)
  })
})
