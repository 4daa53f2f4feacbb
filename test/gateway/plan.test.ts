import { describe, expect, it } from 'vitest'
import { parsePlanText } from '../../src/gateway/plan.ts'

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
    expect(parsePlanText(name, text)).toEqual({ ok: true, value: { name, gears } })
  })

  it.each([
    ['is not there', null, 'does not exist'],
    ['is empty', '', 'not valid'],
    ['is no JSON', '{"gears":["secret"', 'not valid'],
    ['is a list of gears and no object', '["record"]', 'not valid'],
    ['is null', 'null', 'not valid'],
    ['has no list of gears', '{"gears":"secret"}', 'not valid'],
    ['has no texts in it', '{"gears":[1,"secret"]}', 'not valid'],
  ])('that %s is refused, without its text', (_, text, reason) => {
    const parsed = parsePlanText('paid', text)
    expect(parsed).toEqual({ ok: false, error: expect.stringContaining(reason) })
    expect(JSON.stringify(parsed)).not.toContain('secret')
  })
})
