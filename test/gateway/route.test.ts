import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { action, gear, type Route } from '../../src/core/gear.ts'
import { ok } from '../../src/core/result.ts'
import { schema } from '../../src/core/schema.ts'
import { actionNames, findAction, register } from '../../src/gateway/route.ts'
import { gears } from '../../src/gears.ts'

const any = schema(v.unknown())
const nothing = action({
  summary: '',
  access: 'anyone',
  input: any,
  output: any,
  run: async () => ok({ result: null }),
})
const route = (method: string, path: string): Route => ({
  method,
  path,
  access: 'anyone',
  open: async () => ok(new Response(null)),
})
const status = gear({ name: '_status', actions: { home: nothing, '_status:healthz': nothing } })
const echo = gear({
  name: 'echo',
  actions: { 'echo:say': nothing, 'echo:a:b': nothing },
  routes: [route('GET', '/echo'), route('PUT', '/echo')],
})
const known = register([status, echo])

const found = (pathname: string, body: Readonly<Record<string, unknown>> = {}) => {
  const target = findAction(known, actionNames(pathname, body))
  return target.ok ? target.value.name : target.error
}

describe('the action of a request', () => {
  it.each([
    ['/echo/say', {}, 'echo:say'],
    ['/echo:say', {}, 'echo:say'],
    ['/echo/a/b', {}, 'echo:a:b'],
    ['/_status/healthz', {}, '_status:healthz'],
    ['/', { action: 'echo:say' }, 'echo:say'],
    ['/nowhere', { action: 'echo:say' }, 'echo:say'],
    ['/echo/say', { action: '_status:healthz' }, 'echo:say'],
    ['/echo/say', { action: 'nonsense' }, 'echo:say'],
    ['/', {}, 'home'],
    ['/home', {}, 'home'],
    ['/', { action: '' }, 'home'],
    ['/', { action: null }, 'home'],
    ['/', { action: 1 }, 'home'],
    ['', {}, 'home'],
  ])('to %s with %j is %s', (pathname, body, name) => {
    expect(found(pathname, body)).toBe(name)
  })

  it.each([
    ['/nowhere', {}],
    ['/echo', {}],
    ['/echo/say/', {}],
    ['//echo/say', {}],
    ['/Echo/Say', {}],
    ['/', { action: 'echo/say' }],
    ['/', { action: ':echo:say' }],
    ['/', { action: 'constructor' }],
    ['/__proto__', {}],
    ['/toString', {}],
  ])('to %s with %j is none: 117', (pathname, body) => {
    expect(found(pathname, body)).toMatchObject({ name: 'UndefinedOperation' })
  })

  it('that is unknown is said back cut short', () => {
    const refusal = found(`/${'x'.repeat(5000)}`)
    expect(JSON.stringify(refusal).length).toBeLessThan(300)
  })
})

describe('the register', () => {
  it('knows every action and route with its gear', () => {
    expect([...known.actions].map(([name, target]) => [name, target.gear.name])).toEqual([
      ['home', '_status'],
      ['_status:healthz', '_status'],
      ['echo:say', 'echo'],
      ['echo:a:b', 'echo'],
    ])
    expect([...known.routes.keys()]).toEqual(['GET /echo', 'PUT /echo'])
  })

  it.each([
    ['two gears of one name', [echo, gear({ name: 'echo', actions: {} })], /one name/],
    ['two actions of one name', [echo, gear({ name: 'x', actions: { 'echo:say': nothing } })], /echo:say/],
    [
      'two routes of one path',
      [echo, gear({ name: 'x', actions: {}, routes: [route('GET', '/echo')] })],
      /GET/,
    ],
  ])('refuses %s at start-up', (_, list, reason) => {
    expect(() => register(list)).toThrow(reason)
  })

  it('of the product has an action name for every path that it answers', () => {
    for (const name of register(gears).actions.keys()) {
      expect(name).not.toContain('/')
      expect(actionNames(`/${name.replaceAll(':', '/')}`, {})).toEqual([name])
    }
  })
})
