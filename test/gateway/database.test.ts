import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import { guard } from '../../src/core/guard.ts'
import type { Database, Provisioner, Row, SqlFault, Statement } from '../../src/core/ports.ts'
import { err, ok, type Result } from '../../src/core/result.ts'
import { guarded } from '../../src/gateway/database.ts'
import { aTenant } from '../support/tenant.ts'

type Answer = Result<readonly (readonly Row[])[], SqlFault>
const caller: Caller = { key: 'client', clientId: 'c', user: { id: 'u-1', sessionId: 's-1' } }
const modules = [
  { name: 'core', version: 1 },
  { name: 'auth', version: 2 },
]
const tenant = aTenant({ schema: 'app_notes' })
const work: Statement = { text: 'select 1', values: [] }
const fault = (code: string): Answer => err({ code, message: 'as Postgres says it' })
const done: Answer = ok([[], [{ a: 1 }]])
/** The guard's function and table stand beside the version tables. */
const state = (exists: boolean, tables: number): Answer => ok([[{ exists, parts: tables + 2 }]])

/** A database that gives these answers in turn, and notes what it was asked. */
function scene(answers: readonly Answer[], provisioned: 'off' | Result<void, string> = ok(undefined)) {
  const asked: { readonly texts: readonly string[]; readonly readOnly: boolean | undefined }[] = []
  const provisions: unknown[] = []
  const left = [...answers]
  const database: Database = {
    async transact(statements, options) {
      asked.push({ texts: statements.map(({ text }) => text), readOnly: options?.readOnly })
      return left.shift() ?? err({ code: 'XX000', message: 'asked once too often' })
    },
  }
  const provisioner: Provisioner | null =
    provisioned === 'off'
      ? null
      : {
          async provision(app) {
            provisions.push(app)
            return provisioned
          },
        }
  const db = guarded({ tenant, caller, database, guard: guard(modules), modules, provisioner })
  return { db, database, asked, provisions }
}

describe('a guarded transaction', () => {
  it('begins with the guard, whose rows the action does not see, in one round trip', async () => {
    const { db, asked } = scene([done])
    expect(await db.transact([work], { readOnly: true })).toEqual(ok([[{ a: 1 }]]))
    expect(asked).toEqual([
      { texts: ['select "app_notes"."_core_guard"($1, $2, $3, $4, $5)', 'select 1'], readOnly: true },
    ])
  })

  it('makes the action’s own checks after the guard, in the same statement', async () => {
    const { db, asked } = scene([done])
    await db.transact([work], { checks: [{ name: '"s"."f"', values: ['x'] }] })
    expect(asked[0]?.texts).toEqual([
      'select "app_notes"."_core_guard"($1, $2, $3, $4, $5), "s"."f"($6)',
      'select 1',
    ])
  })

  it('is one statement where the action’s is one and answers one value', async () => {
    const { db, asked } = scene([ok([[{ n: 1 }]])])
    const only = { text: 'select count(*) from t where a = $1', values: ['x'], column: 'n' }
    expect(await db.transact([only], { readOnly: true })).toEqual(ok([[{ n: 1 }]]))
    const text =
      'select "app_notes"."_core_guard"($2, $3, $4, $5, $6), (select count(*) from t where a = $1) as "n"'
    expect(asked[0]?.texts).toEqual([text])
  })

  it('takes no further trip for an error that says nothing of modules', async () => {
    for (const code of ['SG104', 'SG127', '23505', '42703', '08006', '57014']) {
      const { db, asked, provisions } = scene([fault(code)])
      expect(await db.transact([work])).toEqual(fault(code))
      expect([asked.length, provisions.length]).toEqual([1, 0])
    }
  })

  it.each(['3F000', '42P01', '42883'])(
    'makes the schema of an app that has none after %s, and goes on',
    async (code) => {
      const { db, asked, provisions } = scene([fault(code), state(false, 0), done])
      expect(await db.transact([work], { readOnly: true })).toEqual(ok([[{ a: 1 }]]))
      expect(provisions).toEqual([tenant])
      expect(asked).toHaveLength(3)
      expect(asked[1]).toMatchObject({ readOnly: true })
      expect(asked[2]).toEqual(asked[0])
    },
  )

  it.each([
    ['lacks a table', '42P01', state(true, 1)],
    ['lacks every table', '42P01', state(true, 0)],
    ['lacks a function', '42883', state(true, 1)],
    ['is older than the code', 'SG001', state(true, 2)],
  ])('refuses a schema that %s with the command that mends it, and makes nothing', async (_, code, found) => {
    const { db, provisions } = scene([fault(code), found])
    expect(await db.transact([work])).toEqual(
      err({ code: 'SG001', message: expect.stringContaining('npm run migrate -- up --schema app_notes') }),
    )
    expect(provisions).toEqual([])
  })

  it.each(['42P01', '42883'])(
    'passes %s on where the schema is complete: it is about something else',
    async (code) => {
      for (const guards of [done, fault('SG104')]) {
        const { db, asked, provisions } = scene([fault(code), state(true, 2), guards])
        expect(await db.transact([work])).toEqual(fault(code))
        expect([asked.length, provisions.length]).toEqual([3, 0])
      }
    },
  )

  it.each(['42P01', '42883'])(
    'after %s asks the guard alone, which what a newer version brings keeps from being heard',
    async (code) => {
      const { db, asked } = scene([fault(code), state(true, 2), fault('SG001')])
      expect(await db.transact([work], { checks: [{ name: '"s"."newer"', values: [] }] })).toEqual(
        err({ code: 'SG001', message: expect.stringContaining('npm run migrate -- up --schema app_notes') }),
      )
      expect(asked[2]).toEqual({
        texts: ['select "app_notes"."_core_guard"($1, $2, $3, $4, $5)'],
        readOnly: true,
      })
    },
  )

  it('makes what the caller’s standing asks for between the guard and the action’s own checks', async () => {
    const { asked, database } = scene([done, done])
    const standing = [
      { name: '"s"."fresh"', values: [] },
      { name: '"s"."stand_in"', values: ['u'], writes: true as const },
    ]
    const db = guarded({
      tenant,
      caller,
      database,
      guard: guard(modules),
      standing,
      modules,
      provisioner: null,
    })
    await db.transact([work], { checks: [{ name: '"s"."f"', values: ['x'] }] })
    await db.transact([work], { readOnly: true })
    expect(asked.map(({ texts }) => texts[0])).toEqual([
      'select "app_notes"."_core_guard"($1, $2, $3, $4, $5), "s"."fresh"(), "s"."stand_in"($6), "s"."f"($7)',
      'select "app_notes"."_core_guard"($1, $2, $3, $4, $5), "s"."fresh"()',
    ])
  })

  it('makes no schema where the cluster forbids it, and says how to', async () => {
    const { db } = scene([fault('3F000'), state(false, 0)], 'off')
    expect(await db.transact([work])).toEqual(
      err({ code: 'SG001', message: expect.stringMatching(/app_notes does not exist.*npm run migrate/) }),
    )
  })

  it('is a database that cannot be reached where the schema could not be made', async () => {
    const { db, asked } = scene([fault('3F000'), state(false, 0)], err('no permission'))
    expect(await db.transact([work])).toEqual(err({ code: '08000', message: 'no permission' }))
    expect(asked).toHaveLength(2)
  })

  it('tries once after making the schema, not for ever', async () => {
    const { db, asked, provisions } = scene([
      fault('3F000'),
      state(false, 0),
      fault('3F000'),
      state(false, 0),
    ])
    expect(await db.transact([work])).toEqual(fault('3F000'))
    expect([asked.length, provisions.length]).toEqual([3, 1])
  })

  it('says what went wrong where even the state cannot be read', async () => {
    const { db, provisions } = scene([fault('42P01'), fault('08006')])
    expect(await db.transact([work])).toEqual(fault('08006'))
    expect(provisions).toEqual([])
  })
})
