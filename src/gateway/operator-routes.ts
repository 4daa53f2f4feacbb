import type { Context, Hono } from 'hono'
import * as v from 'valibot'
import { fail, invalid, type Failure } from '../core/failure.ts'
import { AnyObject } from '../core/json-object.ts'
import type { TenantRegistry } from '../core/registry.ts'
import { err, ok, type Result } from '../core/result.ts'
import { readJsonBody } from './body.ts'
import { ASSIGNMENTS, jsonFrom } from './document/parse.ts'
import { normalizeHost } from './hosts.ts'
import { suspension } from './operations/edit.ts'
import { isPlanName, withGears } from './operations/plan.ts'
import { ROTATIONS } from './operations/rotate.ts'
import { gearFrom } from './operations/select.ts'
import { refusal, type OperatorEnv } from './operator-trace.ts'
import { DEFAULT_PLAN, parsePlanText } from './plan.ts'
import { renderReply } from './render.ts'
import { NO_HOSTNAME, type TenantStore } from './tenant-store.ts'

const Patch = v.strictObject({
  set: v.optional(AnyObject, {}),
  unset: v.optional(v.array(v.string()), []),
  dry_run: v.optional(v.boolean(), false),
})
const Create = v.strictObject({
  name: v.string(),
  host: v.optional(v.string()),
  production: v.optional(v.boolean(), false),
})
const Rotate = v.strictObject({
  kind: v.picklist(ROTATIONS),
  client: v.optional(v.string()),
  drop_old: v.optional(v.boolean()),
})
const Alias = v.strictObject({ assignment: v.optional(v.picklist(ASSIGNMENTS), 'microservices') })
const PlanGears = v.strictObject({ gears: v.nullable(v.array(v.string())) })

/** The operator's work over HTTP: each route reads its arguments, lets the store work, and renders the outcome. */
export function operatorRoutes(hono: Hono<OperatorEnv>, store: TenantStore, registry: TenantRegistry): void {
  hono.get('/tenants', async (c) => {
    const gear = c.req.query('gear')
    const selected = gear === undefined ? ok(undefined) : gearFrom(gear)
    if (!selected.ok) return refusal(c, invalid(selected.error, 'gear'))
    return renderReply({ result: await store.list({ plan: c.req.query('plan'), gear: selected.value }) })
  })

  hono.get(
    '/tenants/:host',
    at((host) => store.show(host)),
  )

  /** `{"name": NAME, "host"?: HOST, "production"?: BOOLEAN}`: a new app, whose keys are told this once. */
  hono.post('/tenants', async (c) => {
    const body = await bodyOf(c, Create)
    if (!body.ok) return refusal(c, body.error)
    const { name, host, production } = body.value
    const made = await store.create(name, host, production)
    return made.ok ? renderReply({ result: made.value }) : refusal(c, made.error)
  })

  /**
   * Stores a document or an alias. `If-None-Match: *` as in RFC 9110: only where the host is new. `?foreign=true`: the
   * app is another cluster's, and keeps the name it had there.
   */
  hono.put('/tenants/:host', (c) =>
    at(async (host) => {
      const body = await readJsonBody(c.req.raw)
      if (!body.ok) return body
      const onlyNew = c.req.header('if-none-match') === '*'
      return store.put(host, body.value, { onlyNew, isForeign: c.req.query('foreign') === 'true' })
    })(c),
  )

  /** `{"set": {KEY: VALUE}, "unset": [KEY], "dry_run": BOOLEAN}`, keys as dotted paths or JSON pointers. */
  hono.patch('/tenants/:host', (c) =>
    at(async (host) => {
      const body = await bodyOf(c, Patch)
      if (!body.ok) return body
      const { set, unset, dry_run } = body.value
      const plan = set['plan'] ?? set['/plan']
      if (
        typeof plan === 'string' &&
        plan !== DEFAULT_PLAN &&
        isPlanName(plan) &&
        (await registry.get(`plan:${plan}`)) === null
      )
        return err(fail('ResourceNotFound', `there is no plan ${plan.slice(0, 100)}`))
      const edits = [...Object.entries(set), ...unset.map((key) => [key, undefined] as const)]
      return store.apply(host, edits, dry_run)
    })(c),
  )

  hono.delete(
    '/tenants/:host',
    at((host) => store.remove(host)),
  )
  hono.post(
    '/tenants/:host/suspend',
    at((host) => store.apply(host, suspension(true))),
  )
  hono.post(
    '/tenants/:host/resume',
    at((host) => store.apply(host, suspension(false))),
  )
  hono.post(
    '/tenants/:host/reseal',
    at((host) => store.reseal(host)),
  )

  hono.post('/tenants/:host/rotate-keys', (c) =>
    at(async (host) => {
      const body = await bodyOf(c, Rotate)
      if (!body.ok) return body
      const { kind, client, drop_old: dropOld } = body.value
      return store.rotateKeys(host, { kind, client, dropOld })
    })(c),
  )

  hono.put('/tenants/:host/aliases/:alias', (c) =>
    at(async (host) => {
      const alias = normalizeHost(c.req.param('alias'))
      if (alias === null) return err(NO_HOSTNAME)
      const body = await bodyOf(c, Alias)
      return body.ok ? store.alias(host, alias, body.value.assignment) : body
    })(c),
  )

  hono.get('/plans/:name', async (c) => {
    const name = c.req.param('name')
    const plan = parsePlanText(name, isPlanName(name) ? await registry.get(`plan:${name}`) : null)
    if (!plan.ok) return refusal(c, fail('ResourceNotFound', `there is no valid plan ${name.slice(0, 100)}`))
    return renderReply({ result: { name, gears: plan.value.gears && [...plan.value.gears] } })
  })

  /** `{"gears": ["auth"]}`; null: all gears. */
  hono.put('/plans/:name', async (c) => {
    const name = c.req.param('name')
    if (!isPlanName(name)) return refusal(c, invalid('not a name of a plan', 'name'))
    const body = await bodyOf(c, PlanGears)
    if (!body.ok) return refusal(c, body.error)
    const stored = jsonFrom((await registry.get(`plan:${name}`)) ?? '{}')
    const before = stored.ok && v.is(AnyObject, stored.value) ? stored.value : {}
    const written = withGears(before, body.value.gears)
    if (!written.ok) return refusal(c, written.error)
    const { plan, changes } = written.value
    await registry.put(`plan:${name}`, JSON.stringify(plan), {})
    return renderReply({ result: { name, gears: body.value.gears, changes } })
  })
}

/** A route about one host, as tenants are keyed by it. */
const at =
  (work: (host: string) => Promise<Result<unknown, Failure>>) =>
  async (c: Context<OperatorEnv>): Promise<Response> => {
    const host = normalizeHost(c.req.param('host') ?? '')
    // Nothing can be kept under what is no hostname, so nothing is there.
    if (host === null)
      return refusal(
        c,
        c.req.method === 'GET' ? fail('ResourceNotFound', 'no app at this host') : NO_HOSTNAME,
      )
    const outcome = await work(host)
    return outcome.ok ? renderReply({ result: outcome.value }) : refusal(c, outcome.error)
  }

/** The request's object, judged. The message names the key and what was expected, and quotes nothing. */
async function bodyOf<const S extends v.GenericSchema>(
  c: Context<OperatorEnv>,
  schema: S,
): Promise<Result<v.InferOutput<S>, Failure>> {
  const body = await readJsonBody(c.req.raw)
  if (!body.ok) return body
  const parsed = v.safeParse(schema, body.value)
  if (parsed.success) return ok(parsed.output)
  const key = v.getDotPath(parsed.issues[0]) ?? ''
  return err(invalid(`${key} is not what it must be: ${parsed.issues[0].expected ?? 'something else'}`, key))
}
