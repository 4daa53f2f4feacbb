import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type Answer, type TestApp } from '../../support/app.ts'
import { slowerShare } from './slower-share.ts'

/** As Go's bcrypt writes it, of `ana-1842`: a user of an adopted database who has not logged in since. */
const OF_ADOPTED = '$2a$10$e1Gl9URad5gxo6T8BuXg6emHv3J/kR6aOE3z8QHqnODD/IsoqHL0u'
const CALLS = 204

type Kind = 'unknown user' | 'wrong password' | 'wrong password, bcrypt'
const KINDS: readonly Kind[] = ['unknown user', 'wrong password', 'wrong password, bcrypt']

describe('user enumeration by login', () => {
  let app: TestApp
  const answers = new Map<Kind, Answer[]>(KINDS.map((kind) => [kind, []]))
  const times = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]))
  const usernames: Readonly<Record<Kind, string>> = {
    'unknown user': 'eve',
    'wrong password': 'ana',
    'wrong password, bcrypt': 'bob',
  }

  beforeAll(async () => {
    app = await testApp()
    await app.signUp('ana')
    const { id } = await app.signUp('bob')
    await app.sql(
      `update ${app.table('_auth_authenticator_password')} set password = $1 where user_id = $2`,
      [OF_ADOPTED, id],
    )
    // In turn, and each turn in another order: a slow moment of the machine hits all alike.
    for (let i = 0; i < CALLS; i++) {
      const kind = KINDS[(i + Math.floor(i / KINDS.length)) % KINDS.length] ?? 'unknown user'
      const started = performance.now()
      const auth_data = { username: usernames[kind] }
      answers.get(kind)?.push(await app.call('auth:login', { auth_data, password: 'wrong' }))
      times.get(kind)?.push(performance.now() - started)
    }
  }, 240_000)

  const told = (kind: Kind) =>
    new Set(
      answers.get(kind)?.map(({ status, text, trips, headers }) => {
        const named = [...headers].filter(([name]) => name !== 'x-skygear-request-id')
        return JSON.stringify([status, text, trips, named])
      }),
    )

  it('learns nothing from status, bytes, headers or the number of trips', () => {
    expect(told('unknown user').size).toBe(1)
    for (const kind of KINDS) expect(told(kind)).toEqual(told('unknown user'))
  })

  it.each(KINDS.slice(1))('learns nothing from the time: %s', (kind) => {
    const [known = [], unknown = []] = [times.get(kind), times.get('unknown user')]
    expect(slowerShare(known, unknown)).toBeGreaterThan(0.25)
    expect(slowerShare(known, unknown)).toBeLessThan(0.75)
  })
})
