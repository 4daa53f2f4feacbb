import { neon, neonConfig, NeonDbError } from '@neondatabase/serverless'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/neon-http'
import { integer, jsonb, pgSchema, text } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

// The unmodified driver against the local endpoint: what a Worker does, only in Node.
neonConfig.fetchEndpoint = `http://${inject('neonEndpoint')}/sql`
const url = inject('databaseUrl')
const sql = neon(url)
const schema = `sql_${crypto.randomUUID().replaceAll('-', '')}`
const table = `${schema}.t`

beforeAll(async () => {
  await sql.query(`create schema ${schema}`)
  await sql.query(`create table ${table} (id int primary key, body jsonb)`)
})
afterAll(() => sql.query(`drop schema ${schema} cascade`))

async function failureOf(work: Promise<unknown>): Promise<NeonDbError> {
  const error: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof NeonDbError) return error
  throw new Error(`expected a NeonDbError, got ${String(error)}`)
}

describe('one statement', () => {
  const when = new Date('2026-02-03T04:05:06.789Z')
  it.each([
    ['int', 'int4', 42, 42],
    ['negative bigint', 'int8', '-9007199254740993', '-9007199254740993'],
    ['float', 'float8', 1.5e-7, 1.5e-7],
    ['numeric', 'numeric', '12345678901234567890.0001', '12345678901234567890.0001'],
    ['bool', 'bool', false, false],
    ['text', 'text', 'a', 'a'],
    ['empty text', 'text', '', ''],
    ['null', 'text', null, null],
    ['unicode', 'text', 'žluťoučký 🦊 \u0001 漢字', 'žluťoučký 🦊 \u0001 漢字'],
    ['quotes', 'text', `it's "so" \\ $1 \n ''`, `it's "so" \\ $1 \n ''`],
    ['an attack', 'text', `'); drop schema public; --`, `'); drop schema public; --`],
    ['json', 'json', { a: [1, null, { b: '"' }] }, { a: [1, null, { b: '"' }] }],
    ['jsonb', 'jsonb', { k: 'ü' }, { k: 'ü' }],
    ['int array', 'int4[]', [1, 2, 3], [1, 2, 3]],
    ['text array', 'text[]', ['a,b', '"c"', '\\', 'NULL', null, ''], ['a,b', '"c"', '\\', 'NULL', null, '']],
    ['nested array', 'int4[]', [[1], [2]], [[1], [2]]],
    ['bytea', 'bytea', Buffer.from([0, 1, 254, 255]), Buffer.from([0, 1, 254, 255])],
    ['timestamptz', 'timestamptz', when, when],
    ['uuid', 'uuid', '0b4e7d66-6b5e-4f7a-8d2a-3c7c2f2a1b10', '0b4e7d66-6b5e-4f7a-8d2a-3c7c2f2a1b10'],
  ])('carries %s there and back', async (_, type, value, expected) => {
    expect(await sql.query(`select $1::${type} as v`, [value])).toEqual([{ v: expected }])
  })

  it('answers as the tagged template, in array mode and with full results', async () => {
    expect(await sql`select ${1}::int as a, ${'x'} as b`).toEqual([{ a: 1, b: 'x' }])
    expect(await sql.query('select 1 as a, 2 as a', [], { arrayMode: true })).toEqual([[1, 2]])
    const full = await sql.query(`select id, 'x'::varchar(7) as v from ${table}`, [], { fullResults: true })
    expect(full).toMatchObject({ command: 'SELECT', rowCount: 0, rows: [] })
    expect(full.fields).toMatchObject([
      { name: 'id', dataTypeID: 23, columnID: 1, dataTypeSize: 4, dataTypeModifier: -1, format: 'text' },
      { name: 'v', dataTypeID: 1043, tableID: 0, columnID: 0, dataTypeSize: -1, dataTypeModifier: 11 },
    ])
    expect(full.fields[0]?.tableID).toBeGreaterThan(16_384)
  })

  it.each([
    ['insert into T values (901, null), (902, null)', 'INSERT', 2],
    ['update T set body = null where id in (901, 902)', 'UPDATE', 2],
    ['delete from T where id in (901, 902)', 'DELETE', 2],
    ['create table if not exists T (x int)', 'CREATE', null],
    ['do $$ begin end $$', 'DO', null],
    ['', '', null],
  ])('names the command of "%s"', async (text, command, rowCount) => {
    const result = await sql.query(text.replace('T', table), [], { fullResults: true })
    expect(result).toMatchObject({ command, rowCount, rows: [] })
  })

  it('returns 5 MB', async () => {
    const rows = await sql`select repeat('x', 5000) as v from generate_series(1, 1000)`
    expect(rows).toHaveLength(1000)
    expect(rows[999]?.['v']).toBe('x'.repeat(5000))
  })

  it('accepts 20 MB', async () => {
    const big = 'é'.repeat(10_000_000)
    expect(await sql`select octet_length(${big}) as n`).toEqual([{ n: 20_000_000 }])
  })

  it('refuses more than 64 MB and keeps serving', async () => {
    const error = await failureOf(sql`select length(${'x'.repeat(65 * 1024 * 1024)})`)
    expect(error.message).toContain('413')
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }])
  })

  it.each(['copy T from stdin', 'copy T to stdout', 'copy (select 1) to stdout'])(
    'cannot "%s" over HTTP, and keeps serving',
    async (text) => {
      const { message } = await failureOf(sql.query(text.replace('T', table)))
      expect(message).toContain('error parsing response from server')
      expect(await sql`select 1 as a`).toEqual([{ a: 1 }])
    },
  )
})

describe('an error', () => {
  it('raised by SQL keeps its own code, detail and hint', async () => {
    const raise = `do $$ begin raise exception 'too many' using errcode = 'SG104', detail = '{"at":3}', hint = 'less',
      schema = 's', table = 't', column = 'c', datatype = 'd', constraint = 'k'; end $$`
    expect(await failureOf(sql.query(raise))).toMatchObject({
      name: 'NeonDbError',
      message: 'too many',
      code: 'SG104',
      severity: 'ERROR',
      detail: '{"at":3}',
      hint: 'less',
      where: expect.stringContaining('PL/pgSQL'),
      schema: 's',
      table: 't',
      column: 'c',
      dataType: 'd',
      constraint: 'k',
      file: 'pl_exec.c',
      line: expect.stringMatching(/^\d+$/),
      routine: 'exec_stmt_raise',
    })
  })

  it('of syntax says where, in the statement or in one inside', async () => {
    expect(await failureOf(sql.query('select bogus'))).toMatchObject({
      code: '42703',
      position: '8',
      detail: undefined,
    })
    expect(await failureOf(sql.query(`do $$ begin execute 'select bogus'; end $$`))).toMatchObject({
      code: '42703',
      internalPosition: '8',
      internalQuery: 'select bogus',
    })
  })

  it.each([
    ['two statements in one', 'select 1; select 2', [], '42601'],
    ['a parameter that does not fit', 'select $1::int', ['x'], '22P02'],
    ['too few parameters', 'select $1::int', [], '08P01'],
    ['text with a zero byte', 'select $1::text', ['\0'], '22021'],
  ])('for %s has its SQLSTATE', async (_, text, params, code) => {
    expect((await failureOf(sql.query(text, params))).code).toBe(code)
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }])
  })
})

describe('Drizzle', () => {
  it('inserts, selects and batches over neon-http', async () => {
    const things = pgSchema(schema).table('things', { id: integer().primaryKey(), body: jsonb(), n: text() })
    const db = drizzle(sql)
    await db.execute(`create table ${schema}.things (id int primary key, body jsonb, n text)`)
    const row = { id: 7, body: { deep: ['x', 1] }, n: `it's` }
    expect(await db.insert(things).values(row).returning()).toEqual([row])
    expect(await db.select().from(things).where(eq(things.id, 7))).toEqual([row])
    const both = await db.batch([db.select().from(things), db.select({ id: things.id }).from(things)])
    expect(both).toEqual([[row], [{ id: 7 }]])
  })
})
