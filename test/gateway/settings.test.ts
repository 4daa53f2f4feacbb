import { expect, it } from 'vitest'
import { settingsOf } from '../../src/settings.ts'

it.each([
  ['{}', {}],
  ['{"auth":{"nightly":"AUTH_NIGHTLY"}}', { auth: { nightly: 'AUTH_NIGHTLY' } }],
])('GEAR_WORKERS maps versions of gears to bindings: %s', (text, workers) => {
  expect(settingsOf({ GEAR_WORKERS: text }).GEAR_WORKERS).toEqual(workers)
  expect(settingsOf({}).GEAR_WORKERS).toEqual({})
})

it.each(['', '{', '[]x', '{"auth":"AUTH_NIGHTLY"}', '{"auth":{"suspended":"X"}}', '{"auth":{"live":""}}'])(
  'a Worker does not start with the GEAR_WORKERS %j',
  (text) => {
    expect(() => settingsOf({ GEAR_WORKERS: text })).toThrow()
  },
)
