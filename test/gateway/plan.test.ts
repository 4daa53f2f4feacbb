import { describe, expect, it } from 'vitest'
import { parsePlanText, within } from '../../src/gateway/plan.ts'

describe('a plan', () => {
  it.each([
    ['that names gears includes these', 'free', '{"gears":["record"]}', new Set(['record'])],
    ['that names none of them includes none', 'free', '{"gears":[]}', new Set()],
    ['that says nothing of gears includes all', 'free', '{}', null],
    ['may say more than is known here', 'free', '{"gears":["x"],"price":3}', new Set(['x'])],
    ['called default allows every gear where nobody wrote it', 'default', null, null],
    [
      'called default is what it says where somebody wrote it',
      'default',
      '{"gears":["record"]}',
      new Set(['record']),
    ],
  ])('%s', (_, name, text, gears) => {
    expect(parsePlanText(name, text)).toEqual({ ok: true, value: { name, gears, limits: {} } })
  })

  it.each([
    ['is not there', null, 'does not exist'],
    ['is empty', '', 'not valid'],
    ['is no JSON', '{"gears":["secret"', 'not valid'],
    ['is a list of gears and no object', '["record"]', 'not valid'],
    ['is null', 'null', 'not valid'],
    ['has no list of gears', '{"gears":"secret"}', 'not valid'],
    ['has no texts in it', '{"gears":[1,"secret"]}', 'not valid'],
    ['limits by what is no number', '{"limits":{"asset":{"size_max":"secret"}}}', 'not valid'],
    ['limits by less than nothing', '{"limits":{"asset":{"size_max":-1}}}', 'not valid'],
  ])('that %s is refused, without its text', (_, text, reason) => {
    const parsed = parsePlanText('paid', text)
    expect(parsed).toEqual({ ok: false, error: expect.stringContaining(reason) })
    expect(JSON.stringify(parsed)).not.toContain('secret')
  })
})

describe('the limits of a plan', () => {
  const sections = {
    asset: { public: true, size_max: 500, images: { operations: 10 } },
    auth: { audit_days: 90, limits: { login: { account: null } } },
  }

  it('lower numbers of the sections, wherever they are, and raise none', () => {
    const limits = { asset: { size_max: 100, images: { operations: 20 } }, auth: { audit_days: 7 } }
    expect(within(sections, limits)).toEqual({
      asset: { public: true, size_max: 100, images: { operations: 10 } },
      auth: { audit_days: 7, limits: { login: { account: null } } },
    })
  })

  it.each([
    ['names nothing', {}],
    ['names what is not there', { asset: { sides: 3 }, push: { devices: 1 } }],
    [
      'names what is no number',
      { asset: { public: 0, images: 5 }, auth: { limits: { login: { account: 1 } } } },
    ],
    ['names what every object has', { asset: { constructor: 1, __proto__: { size_max: 1 } } }],
  ])('change nothing where a plan %s', (_, limits) => {
    expect(within(sections, limits)).toEqual(sections)
  })
})
