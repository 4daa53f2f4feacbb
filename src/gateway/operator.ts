import { Hono } from 'hono'
import { fail, type Failure } from '../core/failure.ts'
import type { HostSummary, TenantRegistry } from '../core/registry.ts'
import { sameSecret } from '../core/secret.ts'
import { readJsonBody } from './body.ts'
import { maskSecrets } from './document/mask.ts'
import { parseHostText, parseHostValue, type GearSections } from './document/parse.ts'
import { normalizeHost } from './hosts.ts'
import { renderFailure, renderReply } from './render.ts'

export type OperatorOptions = {
  readonly registry: TenantRegistry
  readonly sections: GearSections
  /** The bearer key; null: nobody is the operator. */
  readonly key: string | null
}

/** The operator's host is no tenant: it keeps the tenants' documents. */
export function operator({ registry, sections, key }: OperatorOptions): Hono {
  const hono = new Hono()

  hono.get('/_status/healthz', () => renderReply({ result: { status: 'OK' } }))

  hono.use('*', async (c, next) => {
    const given = /^bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (key === null) return renderFailure(fail('NotConfigured', 'OPERATOR_KEY is not set'))
    if (!sameSecret(given, key))
      return renderFailure(fail('AccessKeyNotAccepted', 'operator key not accepted'))
    return next()
  })

  hono.get('/tenants', async () => {
    const hosts = await registry.list('host:')
    const summaries = hosts.map(async ({ key: name, summary }) => ({
      host: name.slice('host:'.length),
      ...(summary ?? summaryOf(await registry.get(name), sections)),
    }))
    return renderReply({ result: await Promise.all(summaries) })
  })

  hono.get('/tenants/:host', async (c) => {
    const host = normalizeHost(c.req.param('host'))
    const text = host && (await registry.get(`host:${host}`))
    if (!text) return renderFailure(NO_SUCH_HOST)
    const document = parseJson(text)
    return renderReply({ result: { host, document: maskSecrets(document) } })
  })

  /** Stores a document or an alias. `If-None-Match: *` as in RFC 9110: only where the host is new. */
  hono.put('/tenants/:host', async (c) => {
    const host = normalizeHost(c.req.param('host'))
    if (host === null)
      return renderFailure(fail('InvalidArgument', 'not a hostname', { arguments: ['host'] }))
    const body = await readJsonBody(c.req.raw)
    if (!body.ok) return renderFailure(body.error)
    const value = parseHostValue(body.value, sections)
    if (!value.ok)
      return renderFailure(
        fail(
          'InvalidArgument',
          `the document is not valid: ${value.error.path || '/'} ${value.error.message}`,
          {
            path: value.error.path || '/',
          },
        ),
      )
    // KV has no compare-and-set; an operator who creates one name twice at once is told by neither.
    if (c.req.header('if-none-match') === '*' && (await registry.get(`host:${host}`)) !== null)
      return renderFailure(fail('Duplicated', `the host ${host} is taken`))
    const text = JSON.stringify(body.value)
    await registry.put(`host:${host}`, text, summaryOf(text, sections) ?? {})
    return renderReply({
      result: { host, warnings: value.value.kind === 'document' ? value.value.warnings : [] },
    })
  })

  hono.notFound(() => renderFailure(fail('UndefinedOperation', 'the operator host has no such path')))
  hono.onError((cause) => {
    console.error(cause)
    return renderFailure(fail('UnexpectedError', 'unexpected error'))
  })
  return hono
}

const NO_SUCH_HOST: Failure = fail('ResourceNotFound', 'no app at this host')

/** Null where the text is no valid document: a listing shows the host all the same. */
function summaryOf(text: string | null, sections: GearSections): HostSummary | null {
  if (text === null) return null
  const value = parseHostText(text, sections)
  if (!value.ok) return null
  if (value.value.kind === 'alias') return { alias_of: value.value.aliasOf }
  const { app_id, plan, gears } = value.value.document
  return { app_id, ...(plan !== undefined && { plan }), ...(Object.keys(gears).length > 0 && { gears }) }
}

/** Null where the text is no JSON: a broken document must not break its showing. V8's own message would quote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
