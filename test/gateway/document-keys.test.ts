import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { accepted, edited, faultOf, fuller, minimal } from './document.fixture.ts'

describe('unknown keys', () => {
  it.each([
    '/app_config/user_audit',
    '/app_config/__proto__',
    '/app_config/constructor',
    '/app_config/session/lifetme',
    '/app_config/auth/allowed_realms',
    '/app_config/auth/login_id_keys/0/minimum',
    '/app_config/auth/login_id_types/phone',
    '/app_config/auth_ui/logo_url',
    '/app_config/mfa/oob',
    '/app_config/sso/custom_token',
    '/app_config/sso/oauth/providers/0/prompt',
    '/app_config/hook/url',
    '/app_config/smtp/tls',
    '/app_config/twilio/x~1y',
  ])('%s is refused: the contract closes its object', (path) => {
    const inner = path.endsWith('/oob') ? `${path}/fax` : path
    const base = edited(
      edited(edited(fuller, '/app_config/twilio', {}), '/app_config/auth_ui', {}),
      '/app_config/mfa/oob',
      {},
    )
    expect(faultOf(edited(base, inner, 1))).toEqual({ path: inner, message: 'is not a known key' })
  })

  it.each([
    '/colour',
    '/__proto__',
    '/database_config/smtp',
    '/hook/retries',
    '/app_config/clients/0/logo_uri',
    '/app_config/oidc/keys/0/use',
    '/template_items/0/size',
    '/hooks/0/timeout',
    '/deployment_routes/0/weight',
    '/gears/__proto__',
  ])('%s is ignored with a warning', (path) => {
    const { document, warnings } = accepted(edited({ ...fuller, gears: {} }, path, 'secret-value'))
    expect(warnings).toEqual([`${path}: is not a known key, ignored`])
    expect(JSON.stringify(document)).not.toContain('secret-value')
    expect(Object.getPrototypeOf(document)).toBe(Object.prototype)
  })

  it('a flood of them is summed up', () => {
    const flood = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x${index}`, 1]))
    const { warnings } = accepted({ ...minimal, ...flood })
    expect(warnings).toHaveLength(21)
    expect(warnings.at(-1)).toBe('and 30 more')
  })

  it('a malformed origin list is allowed, as it always was, with a warning', () => {
    expect(accepted(edited(minimal, '/app_config/cors', { origin: 'example.*' })).warnings).toEqual([
      '/app_config/cors/origin: has a malformed item, so no origin matches',
    ])
  })
})

describe('sections of gears', () => {
  const record = v.object({ development_mode: v.optional(v.boolean(), false) })
  const push = v.object({ apns: v.optional(v.object({ key: v.pipe(v.string(), v.minLength(2)) })) })

  it.each([
    ['are filled in where missing', {}, { record: { development_mode: false }, push: {} }, []],
    [
      'are parsed by their gear',
      { record: { development_mode: true }, push: { apns: { key: 'kk' } } },
      { record: { development_mode: true }, push: { apns: { key: 'kk' } } },
      [],
    ],
    [
      'of an unknown gear are ignored with a warning',
      { record: {}, function: { a: 1 } },
      { record: { development_mode: false }, push: {} },
      ['/gear_config/function: is of an unknown gear, ignored'],
    ],
    [
      'may hold unknown keys where the gear allows them, with a warning',
      { push: { apns: { key: 'kk', sandbox: true } } },
      { record: { development_mode: false }, push: { apns: { key: 'kk' } } },
      ['/gear_config/push/apns/sandbox: is not a known key, ignored'],
    ],
    [
      'are not found through the prototype',
      JSON.parse('{"__proto__": {"record": {"development_mode": true}}}'),
      { record: { development_mode: false }, push: {} },
      ['/gear_config/__proto__: is of an unknown gear, ignored'],
    ],
  ])('%s', (_, given, config, warnings) => {
    const parsed = accepted({ ...minimal, gear_config: given }, { record, push })
    expect(parsed.document.gear_config).toEqual(config)
    expect(parsed.document.gear_config['constructor']).toBeUndefined()
    expect(parsed.warnings).toEqual(warnings)
  })

  it.each([
    [record, { development_mode: 'on' }, '/development_mode', 'must be a boolean'],
    [record, null, '', 'must be an object'],
    [push, { apns: { key: 'k' } }, '/apns/key', 'must have at least 2 character(s)'],
    [v.object({ mode: v.union([v.literal('a'), v.literal(1)]) }), { mode: 2 }, '/mode', 'must be ("a" | 1)'],
  ])('are refused with their place', (section, given, below, message) => {
    const fault = faultOf({ ...minimal, gear_config: { gear: given } }, { gear: section })
    expect(fault).toEqual({ path: `/gear_config/gear${below}`, message })
  })

  it('whose schema quotes what it was given are not quoted', () => {
    const loud = v.object({
      key: v.pipe(
        v.string(),
        v.check(
          () => false,
          ({ input }) => `bad key ${input}`,
        ),
      ),
    })
    const fault = faultOf({ ...minimal, gear_config: { loud: { key: 'hush-hush' } } }, { loud })
    expect(fault).toEqual({ path: '/gear_config/loud/key', message: 'is not valid' })
  })
})
