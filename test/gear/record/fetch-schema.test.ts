import { describe, expect, it } from 'vitest'
import { OK, outcome, testApp } from '../../support/app.ts'
import { schemasOf } from './schemas.ts'

describe('schema:fetch', () => {
  it('answers every type, and its own fields by name, not the reserved ones', async () => {
    const app = await testApp()
    await app.guest()
    await schemasOf(app).create({
      b: {},
      a: { fields: ['z', 'y'].map((name) => ({ name, type: 'string' })) },
    })
    await app.sql(`alter table ${app.table('a')} add column price money`)
    const answer = await schemasOf(app, {}).fetch()
    expect(outcome(answer)).toEqual(OK)
    expect(answer.text).toBe(
      JSON.stringify({
        result: {
          record_types: {
            a: {
              fields: [
                { name: 'price', type: 'unknown' },
                { name: 'y', type: 'string' },
                { name: 'z', type: 'string' },
              ],
            },
            b: { fields: [] },
            user: {
              fields: [
                { name: 'email', type: 'string' },
                { name: 'last_login_at', type: 'datetime' },
                { name: 'username', type: 'string' },
              ],
            },
          },
        },
      }),
    )
  })

  it('is for development mode and the master key', async () => {
    const live = await testApp({ production: true })
    await live.guest()
    expect(outcome(await schemasOf(live, {}).fetch())).toEqual({ status: 403, trips: 0, code: 102 })
    expect(outcome(await schemasOf(live).fetch())).toEqual(OK)
  })
})
