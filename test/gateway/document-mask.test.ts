import { describe, expect, it } from 'vitest'
import { maskSecrets } from '../../src/gateway/document/mask.ts'

const LONG = 'a-long-secret-that-ends-in-wxyz'

describe('masking', () => {
  it.each([
    'master_key',
    'secret',
    'client_secret',
    'private_key',
    'password',
    'auth_token',
    'api_secret',
    'state_jwt_secret',
    'apns_private_key',
    'fcm_server_key',
    'Secret',
  ])('hides %s, and shows the end of a long one', (key) => {
    expect(maskSecrets({ a: [{ [key]: LONG }] })).toEqual({ a: [{ [key]: '•••wxyz' }] })
    expect(maskSecrets({ [key]: '123456789012' })).toEqual({ [key]: '•••' })
    expect(maskSecrets({ [key]: '1234567890123' })).toEqual({ [key]: '•••0123' })
    expect(maskSecrets({ [key]: '' })).toEqual({ [key]: '•••' })
    expect(maskSecrets({ [key]: 1234 })).toEqual({ [key]: '•••' })
  })

  it('hides everything below a secret key', () => {
    expect(maskSecrets({ secret: { current: LONG, previous: ['short'], rotated: true, by: null } })).toEqual({
      secret: { current: '•••wxyz', previous: ['•••'], rotated: true, by: null },
    })
  })

  it('leaves what is no secret', () => {
    const open = {
      app_id: 'notes',
      app_config: {
        clients: [{ client_id: LONG }],
        mfa: { bearer_token: { expire_in_days: 30 } },
        password_policy: { min_length: 8 },
        forgot_password: { sender: 'no-reply@example.com' },
        nexmo: { api_key: LONG },
        cors: { origin: 'https://a.example.com:3000,https://b.example.com' },
      },
      hooks: [{ url: 'https://notes.example.com:8443/hook?for=a' }],
    }
    expect(maskSecrets(open)).toEqual(open)
    expect(maskSecrets(open)).not.toBe(open)
  })

  it.each([
    ['postgres://u:hush@db:5432/x', 'postgres://u:•••@db:5432/x'],
    [`postgres://u:${LONG}@db/x?sslmode=require`, 'postgres://u:•••wxyz@db/x?sslmode=require'],
    ['postgres://u:pa@ss/w:rd@db/x', 'postgres://u:•••@db/x'],
    ['postgres://u@db/x', 'postgres://u@db/x'],
    [
      'postgres://db/x?user=u&password=hush&sslpassword=hush2',
      'postgres://db/x?user=u&password=•••&sslpassword=•••',
    ],
    [`host=db user=u password=${LONG}`, '•••'],
  ])('hides the password of the database URL %s', (database_url, masked) => {
    expect(maskSecrets({ database_config: { database_url } })).toEqual({
      database_config: { database_url: masked },
    })
  })

  it('hides a password in any other URL', () => {
    expect(maskSecrets({ type_config: { backend_url: 'https://u:hush@svc/x' } })).toEqual({
      type_config: { backend_url: 'https://u:•••@svc/x' },
    })
  })

  it('copies a key named __proto__ as a key', () => {
    const masked = maskSecrets(JSON.parse('{"__proto__": {"secret": "hush"}}')) as object
    expect(Object.getPrototypeOf(masked)).toBe(Object.prototype)
    expect(JSON.stringify(masked)).toBe('{"__proto__":{"secret":"•••"}}')
  })

  it.each([null, 7, 'text', true, undefined])('takes any value: %j', (value) => {
    expect(maskSecrets(value)).toBe(value)
  })

  it('does not follow a value to the end of the stack', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}"hush"${']'.repeat(100_000)}`)
    expect(JSON.stringify(maskSecrets(deep))).toBe(`${'['.repeat(64)}"•••"${']'.repeat(64)}`)
  })
})
