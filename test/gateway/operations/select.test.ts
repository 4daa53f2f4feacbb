import { expect, it } from 'vitest'
import { isPlanName, withGears } from '../../../src/gateway/operations/plan.ts'
import { gearFrom, isSelected } from '../../../src/gateway/operations/select.ts'

const nightly = { app_id: 'a', plan: 'paid', gears: { auth: 'nightly' } }
it.each([
  ['everything', {}, { alias_of: 'a.example' }, true],
  ['a plan', { plan: 'paid' }, nightly, true],
  ['another plan', { plan: 'free' }, nightly, false],
  ['the default plan, unnamed', { plan: 'default' }, { app_id: 'a' }, true],
  ['a version', { gear: { name: 'auth', version: 'nightly' } }, nightly, true],
  ['another version', { gear: { name: 'auth', version: 'live' } }, nightly, false],
  ['live, unnamed', { gear: { name: 'record', version: 'live' } }, nightly, true],
  ['a gear that every object has', { gear: { name: 'constructor', version: 'live' } }, nightly, true],
  ['both', { plan: 'free', gear: { name: 'auth', version: 'nightly' } }, nightly, false],
  ['a plan, of an alias', { plan: 'default' }, { alias_of: 'a.example' }, false],
  ['a plan, of a broken document', { plan: 'default' }, {}, false],
])('a selection of %s', (_, selection, summary, isIn) => {
  expect(isSelected(summary, selection)).toBe(isIn)
})

it.each([
  ['auth=live', { name: 'auth', version: 'live' }],
  ['auth=a=b', { name: 'auth', version: 'a=b' }],
  ['auth', null],
  ['=live', null],
  ['auth=', null],
])('a gear and its version: %s', (text, gear) => {
  const parsed = gearFrom(text)
  expect(parsed.ok ? parsed.value : null).toEqual(gear)
})

it.each([
  ['lists gears once each', { price: 3 }, ['auth', 'auth'], { price: 3, gears: ['auth'] }],
  ['has no list where it has all', { price: 3, gears: ['auth'] }, null, { price: 3 }],
  ['may have none', {}, [], { gears: [] }],
])('a plan %s', (_, before, gears, plan) => {
  expect(withGears(before, gears)).toMatchObject({ ok: true, value: { plan } })
})

it.each(['', 'Auth', 'a b', '../x'])('a plan has no gear %j', (gear) => {
  expect(withGears({}, [gear]).ok).toBe(false)
})

it.each([
  ['paid', true],
  ['v2.3_x-y', true],
  ['', false],
  ['a/b', false],
  ['.a', false],
  ['x'.repeat(65), false],
])('%j as a name of a plan: %j', (name, is) => {
  expect(isPlanName(name)).toBe(is)
})
