import { beforeAll, describe, expect, inject, it } from 'vitest'
import { modules } from '../../migrations/bundle.ts'
import type { Statement } from '../../src/core/ports.ts'
import { ANSWER_BYTES_MAX } from '../../src/core/limits.ts'
import { quoteIdentifier } from '../../src/core/sql.ts'
import { neonDatabase, neonProvisioner, useLocalEndpoint } from '../../src/platform/neon.ts'
import { aTenant } from '../support/tenant.ts'

beforeAll(() => useLocalEndpoint(inject('neonEndpoint')))
const url = inject('databaseUrl')
const ask = (text: string, ...values: readonly unknown[]): Statement => ({ text, values })

describe('a database', () => {
  const db = neonDatabase(url)

  it('answers each statement of a transaction with its rows', async () => {
    const statements = [
      ask('select $1::int as a, $2::jsonb as b', 1, '{"c":[2]}'),
      ask('select 1 where false'),
    ]
    expect(await db.transact(statements)).toEqual({ ok: true, value: [[{ a: 1, b: { c: [2] } }], []] })
  })

  it('takes all statements or none, and says what Postgres said', async () => {
    const table = `public.${quoteIdentifier(`t_${crypto.randomUUID()}`)}`
    const refused = await db.transact([
      ask(`create table ${table} (a int constraint positive check (a > 0))`),
      ask(`insert into ${table} values (0)`),
    ])
    expect(refused).toMatchObject({ ok: false, error: { code: '23514', constraint: 'positive' } })
    expect(await db.transact([ask('select to_regclass($1) as t', table)])).toEqual({
      ok: true,
      value: [[{ t: null }]],
    })
  })

  it('hands on a failure of our own with its detail', async () => {
    const raise = `do $$ begin raise exception using errcode = 'SG127', message = 'no', detail = '{"a":1}'; end $$`
    expect(await db.transact([ask(raise)])).toMatchObject({
      ok: false,
      error: { code: 'SG127', message: 'no', detail: '{"a":1}' },
    })
  })

  it('writes nothing where it was asked to read', async () => {
    const write = ask('create table public.never (a int)')
    expect(await db.transact([write, write], { readOnly: true })).toMatchObject({
      ok: false,
      error: { code: '25006' },
    })
  })

  it('is told no half of a surrogate pair, for which Neon would refuse the call', async () => {
    const texts = ask('select $1::text as one, $2::text[] as many', 'a\ud800', ['\udc00b'])
    const row = { one: 'a\ufffd', many: ['\ufffdb'] }
    expect(await db.transact([texts])).toEqual({ ok: true, value: [[row]] })
    expect(await db.transact([texts, texts])).toEqual({ ok: true, value: [[row], [row]] })
  })

  it('does not fill the isolate with an answer: it is larger than may be, and the next one is read', async () => {
    const refusal = {
      ok: false,
      error: { code: '54000', message: 'the answer is larger than 25165824 bytes: ask for less at once' },
    }
    for (const length of [ANSWER_BYTES_MAX, 70_000_000])
      expect(await db.transact([ask(`select repeat('x', $1::int) as text`, length)])).toEqual(refusal)
    const borne = await db.transact([ask(`select repeat('x', 20000000) as text`)])
    expect(borne.ok && borne.value[0]?.[0]?.['text']).toHaveLength(20_000_000)
  })

  it('that is not there is a connection failure, told without its password', async () => {
    const nowhere = neonDatabase('postgres://ana:hunter2@127.0.0.1:1/none')
    const answer = await nowhere.transact([ask('select 1')])
    expect(answer).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^(08|3D|28|57)/) } })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })
})

describe('a schema that is missing', () => {
  it('is made once, however many ask for it at once', async () => {
    const tenant = aTenant({ schema: `app_"${crypto.randomUUID()}`, databaseUrl: url })
    const isolates = [neonProvisioner(modules), neonProvisioner(modules)]
    const made = isolates.flatMap((isolate) => Array.from({ length: 5 }, () => isolate.provision(tenant)))
    expect(await Promise.all(made)).toEqual(made.map(() => ({ ok: true, value: undefined })))
    const user = `${quoteIdentifier(tenant.schema)}._core_user`
    expect(
      await neonDatabase(url).transact([ask('select to_regclass($1) is not null as made', user)]),
    ).toEqual({
      ok: true,
      value: [[{ made: true }]],
    })
  })

  it('cannot be made in a database that is not there, and the reason has no password', async () => {
    const tenant = aTenant({ databaseUrl: 'postgres://ana:hunter2@127.0.0.1:1/none' })
    const answer = await neonProvisioner(modules).provision(tenant)
    expect(answer).toMatchObject({ ok: false, error: expect.any(String) })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  }, 5000)
})
