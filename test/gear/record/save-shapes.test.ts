import { expect, it } from 'vitest'
import { outcome, testApp } from '../../support/app.ts'

// An isolate keeps the texts of statements, and serves many apps: whose types of one name are not alike.
it.each([
  ['a boolean', true, { $type: 'geo', $lng: 1, $lat: 2 }],
  ['a place', { $type: 'geo', $lng: 1, $lat: 2 }, 'a text'],
  ['a text', 'a text', 1],
  ['a number', 1, { $type: 'date', $date: '2026-07-01T00:00:00Z' }],
  ['a date', { $type: 'date', $date: '2026-07-01T00:00:00Z' }, ['a list']],
  ['a list', ['a list'], true],
])('saves what one app knows as %s and another as something else', async (_, one, other) => {
  for (const value of [one, other]) {
    const app = await testApp()
    const user = await app.guest()
    // The type is looked for before it is made.
    for (const trips of [2, 1]) {
      const saved = await app.call('record:save', { records: [{ _id: 'shape/1', at: value }] }, user)
      expect(outcome(saved)).toEqual({ status: 200, trips })
      expect(saved.json).toMatchObject({ result: [{ at: value }] })
    }
  }
})
