import { beforeAll, describe, expect, it } from 'vitest'
import { outcome, testApp, type Json, type TestApp } from '../../support/app.ts'
import { BAD_NAMES, BAD_VALUES, HUGE_VALUES, holes, isRefused } from '../../support/bad-input.ts'
import { snapshot } from '../../support/snapshot.ts'

const account = {
  provider: 'google',
  principal_id: '1041',
  token_response: { t: 1 },
  provider_profile: { p: 1 },
}
/** Those of its fields that are texts; the others are objects. */
const NAMES = ['provider', 'principal_id', 'user_id']
/** A body that each of the actions takes, and which of its fields it requires. */
const ACTIONS: readonly (readonly [action: string, body: Json, required: readonly string[]])[] = [
  ['sso:oauth:login', account, ['provider', 'principal_id']],
  ['sso:oauth:signup', { ...account, profile: { name: 'x', since: 1 } }, ['provider', 'principal_id']],
  ['sso:oauth:link', { ...account, user_id: 'nobody' }, ['provider', 'principal_id', 'user_id']],
  ['sso:oauth:unlink', { provider: 'google', user_id: 'nobody' }, ['provider', 'user_id']],
]

describe.each(ACTIONS)('%s', (action, body, required) => {
  let app: TestApp
  beforeAll(async () => {
    app = await testApp()
    await app.guest()
  })
  const asMaster = (input: unknown) => app.call(action, input, { key: app.masterKey })
  const refused = (field: string, code: 107 | 108) => ({
    status: 400,
    trips: 0,
    code,
    info: { arguments: [field] },
  })

  it('is for the master key: not for the client key, a user, or nobody', async () => {
    const { token } = await app.guest()
    expect(outcome(await app.call(action, body))).toEqual({ status: 403, trips: 0, code: 102 })
    expect(outcome(await app.call(action, body, { token }))).toEqual({ status: 403, trips: 0, code: 102 })
    expect(outcome(await app.call(action, body, { key: null }))).toEqual({ status: 401, trips: 0, code: 101 })
    expect(outcome(await app.call(action, body, { key: 'x' }))).toEqual({ status: 401, trips: 0, code: 103 })
  })

  it.each(required)('requires %s', async (field) => {
    for (const missing of [undefined, null, ''])
      expect(outcome(await asMaster({ ...body, [field]: missing }))).toEqual(refused(field, 108))
  })

  it.each(Object.keys(body))('refuses %s of a wrong type', async (field) => {
    for (const wrong of [1, true, [], NAMES.includes(field) ? {} : 'text'])
      expect(outcome(await asMaster({ ...body, [field]: wrong }))).toEqual(refused(field, 107))
  })

  it.each(required)('refuses a %s that cannot be stored, or is too long', async (field) => {
    for (const bad of ['a\u0000b', '\ud800', 'x'.repeat(513)])
      expect(outcome(await asMaster({ ...body, [field]: bad }))).toEqual(refused(field, 108))
  })

  it('has room for the longest names that it takes, and words of its own for longer ones', async () => {
    const han = Array.from({ length: 512 }, () =>
      String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 0x5000)),
    )
    const principal_id = han.join('')
    const longest = await asMaster({ ...body, provider: 'x'.repeat(512), principal_id })
    expect(outcome(longest).code).not.toBe(108)
    expect(outcome(await asMaster({ ...body, provider: principal_id }))).toEqual(refused('provider', 108))
  })

  it.each(Object.keys(body).filter((field) => !NAMES.includes(field)))(
    'refuses a %s that cannot be stored as it is',
    async (field) => {
      const whole = holes(body).find(({ place }) => place === field)
      for (const bad of ['{"a":"\\u0000"}', '{"a":[{"\\udc00":1}]}', '{"\\u0000":1}', '{"a":[1e999]}'])
        expect(outcome(await asMaster(whole?.fill(bad)))).toMatchObject({ status: 400, trips: 0, code: 108 })
    },
  )

  it('refuses a body that is nested too deep', async () => {
    const more = `,"provider_profile":${'{"a":'.repeat(70)}1${'}'.repeat(71)}`
    expect(outcome(await asMaster(JSON.stringify(body).replace(/\}$/, more)))).toMatchObject({
      status: 400,
      trips: 0,
      code: 107,
    })
  })

  it('refuses or bears whatever stands in the place of a value, and stores nothing of what it refuses', async () => {
    const sent = holes(body).flatMap(({ place, fill }) =>
      [...BAD_VALUES, ...(place.includes('.') ? [] : HUGE_VALUES)].map(fill),
    )
    const named = BAD_NAMES.flatMap((name) =>
      Object.keys(body)
        .filter((field) => !NAMES.includes(field))
        .map((field) => JSON.stringify({ ...body, [field]: Object.fromEntries([[name, 1]]) })),
    )
    const refusals: string[] = []
    for (const text of [...sent, ...named]) {
      const answer = await asMaster(text)
      if (isRefused(answer.status, answer.text)) refusals.push(text)
    }
    const before = await snapshot(app)
    for (const text of refusals.filter((_, i) => i % 5 === 0))
      expect((await asMaster(text)).status).toBeGreaterThanOrEqual(400)
    expect(await snapshot(app)).toEqual(before)
  }, 60_000)
})
