import { beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { forgot, mailApp, mailUser, open, reset, type MailUser } from './mail-app.ts'
import { slowerShare } from './slower-share.ts'

const CALLS = 204
const NOBODY = { id: '00000000-0000-4000-8000-000000000000', email: 'nobody@example.com' }
type Who = 'known' | 'unknown'
const WHO: readonly Who[] = ['known', 'unknown']

/** Status and bytes of an answer about somebody, who is named the same in all. */
type Told = { readonly status: number; readonly text: string }
type Ask = (app: TestApp, whom: Pick<MailUser, 'id' | 'email'>) => Promise<Told>
const asAction = async (answer: ReturnType<typeof reset>): Promise<Told> => {
  const { status, text } = await answer
  return { status, text }
}

const WAYS: Readonly<Record<string, Ask>> = {
  'user:forgot-password': (app, { email }) => asAction(forgot(app, email)),
  'user:reset-password': (app, { id }) =>
    asAction(
      reset(app, { user_id: id, code: 'x'.repeat(32), expire_at: 4102444800, new_password: 'second' }),
    ),
  'the page that verifies': async (app, { id }) => {
    const page = await open(app, `/user/verify-code/form?code=ABCDEFGH&auth_id=${id}`)
    return { status: page.status, text: (await page.text()).replaceAll(id, 'id') }
  },
}

describe('user enumeration by what codes are for', () => {
  const told = new Map<string, Set<string>>()
  const times = new Map<string, number[]>()

  beforeAll(async () => {
    const app = await mailApp()
    const ana = await mailUser(app)
    await app.call('user:verify_request', { args: { record_key: 'email' } }, ana)
    const ways = Object.entries(WAYS)
    // In turn, and each turn the other one first: a slow moment of the machine hits all alike.
    for (let i = 0; i < CALLS; i++) {
      const [name = '', ask] = ways[i % ways.length] ?? []
      const round = Math.floor(i / ways.length)
      const who = WHO[(round + Math.floor(round / 2)) % 2] ?? 'known'
      const started = performance.now()
      const answer = await ask?.(app, who === 'known' ? ana : NOBODY)
      const key = `${name} ${who}`
      times.set(key, [...(times.get(key) ?? []), performance.now() - started])
      told.set(key, (told.get(key) ?? new Set()).add(JSON.stringify(answer)))
    }
  }, 240_000)

  it.each(Object.keys(WAYS))('learns nothing from status and bytes: %s', (name) => {
    expect(told.get(`${name} known`)?.size).toBe(1)
    expect(told.get(`${name} known`)).toEqual(told.get(`${name} unknown`))
  })

  it.each(Object.keys(WAYS))('learns nothing from the time: %s', (name) => {
    const [known = [], unknown = []] = WHO.map((who) => times.get(`${name} ${who}`))
    expect([known.length, unknown.length]).toEqual([CALLS / 6, CALLS / 6])
    expect(slowerShare(known, unknown)).toBeGreaterThan(0.2)
    expect(slowerShare(known, unknown)).toBeLessThan(0.8)
  })
})
