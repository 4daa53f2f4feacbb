import { describe, expect, it } from 'vitest'
import type { Module } from '../../src/migrate/module.ts'
import { planDown, planUp } from '../../src/migrate/plan.ts'

describe('the plan', () => {
  const [one, two] = [
    { version: 1, name: 'one', up: 'up 1', down: 'down 1' },
    { version: 2, name: 'two', up: 'up 2', down: 'down 2' },
  ] as const
  const module: Module = { name: 'm', migrations: [one, two] }
  const sqlOf = (steps: readonly { sql: string; version: number | null }[]) =>
    steps.map(({ sql, version }) => [sql, version])

  it.each([
    [
      null,
      undefined,
      [
        ['up 1', 1],
        ['up 2', 2],
      ],
    ],
    [null, 1, [['up 1', 1]]],
    [1, undefined, [['up 2', 2]]],
    [2, undefined, []],
    // An older code beside a newer schema takes nothing back.
    [3, undefined, []],
  ] as const)('up from %j, %j steps', (from, steps, expected) => {
    const plan = planUp(module, from, steps)
    expect(plan.ok && sqlOf(plan.value)).toEqual(expected)
  })

  it.each([
    [null, undefined, []],
    [
      2,
      undefined,
      [
        ['down 2', 1],
        ['down 1', null],
      ],
    ],
    [2, 1, [['down 2', 1]]],
    [1, 5, [['down 1', null]]],
  ] as const)('down from %j, %j steps', (from, steps, expected) => {
    const plan = planDown(module, from, steps)
    expect(plan.ok && sqlOf(plan.value)).toEqual(expected)
  })

  it('refuses to go up from a version that other files made', () => {
    const later = { name: 'm', migrations: [one, { ...two, version: 5 }] }
    expect(planUp(later, 3)).toEqual({ ok: false, error: 'm is at 3, which its migrations do not have' })
  })

  it('refuses to go down from an unknown version, or without the file', () => {
    expect(planDown(module, 3)).toMatchObject({ ok: false, error: expect.stringContaining('m is at 3') })
    const without = { name: 'm', migrations: [{ version: 1, name: 'one', up: '' }] }
    expect(planDown(without, 1)).toMatchObject({ ok: false, error: expect.stringContaining('no down file') })
  })
})
