import { describe, expect, it } from 'vitest'
import { outcome, type Answer, type Json } from '../../support/app.ts'
import { each, FEW, limitedApp, statuses } from './limited-app.ts'

describe('asking for names to learn which are taken', () => {
  const setup = async (limits: Json = { discovery: { account: FEW } }) => {
    const { app } = await limitedApp(limits)
    await app.signUp('ana')
    const ben = await app.signUp('ben')
    const ask = (...records: readonly Json[]) =>
      app.call(
        'record:save',
        { records: records.map((fields) => ({ _id: `user/${ben.id}`, ...fields })) },
        ben,
      )
    return { app, ben, ask }
  }
  const TAKEN = { username: 'ana' }
  const isStored = ({ text }: Answer) => !text.includes('"error"')
  const isTold = ({ text }: Answer) => text.includes('"code":109')

  it('is refused after so many that were, and costs no trip more', async () => {
    const { ask } = await setup()
    const answers = await each([TAKEN, TAKEN, TAKEN, TAKEN], ask)
    expect(answers.map(isTold)).toEqual([true, true, true, false])
    expect(answers.map(outcome).at(-1)).toEqual({
      status: 429,
      trips: 0,
      code: 102,
      info: { retry_after: expect.any(Number) },
    })
  })

  it('is counted by address as well', async () => {
    const { app, from } = await limitedApp({ discovery: { address: FEW } })
    await app.signUp('ana')
    const spies = await Promise.all(['b', 'c', 'd', 'e'].map((name) => app.signUp(name)))
    const answers = await each(spies, ({ id, token: access_token }) =>
      from('203.0.113.9')('record:save', { access_token, records: [{ _id: `user/${id}`, ...TAKEN }] }),
    )
    expect(statuses(answers)).toEqual([200, 200, 200, 429])
  })

  it('gains nothing by many in one call, nor by one’s own name among them', async () => {
    const { ask } = await setup()
    const many = await ask(TAKEN, TAKEN, TAKEN, TAKEN)
    expect([many.status, isTold(many)]).toEqual([429, false])
    const answers = await each([1, 2, 3, 4], () => ask(TAKEN, { username: 'ben' }))
    expect(statuses(answers).at(-1)).toBe(429)
  })

  it('leaves those alone who save what is theirs', async () => {
    const { ask } = await setup()
    const answers = await each(
      Array.from({ length: 6 }, () => ({ username: 'ben', city: 'Oslo' })),
      ask,
    )
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200])
    expect(answers.map(isStored)).not.toContain(false)
  })
})
