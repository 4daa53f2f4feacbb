import { eq, sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { coreTables } from '../../drizzle/core.ts'
import { compile, inTenant, literal, prepare, quoteIdentifier, tenantTables } from '../../src/core/sql.ts'
import { anyText } from '../support/text.ts'

const text = (query: string) => query.replaceAll(/\s+/g, ' ').trim()

describe('a prepared statement', () => {
  it('is qualified by the schema that it is given, each time anew', () => {
    const find = prepare(sql`select * from ${inTenant('a')} join ${inTenant('b')} using (id)`)
    expect(find('app_x').text).toBe('select * from "app_x"."a" join "app_x"."b" using (id)')
    expect(find('public').text).toBe('select * from "public"."a" join "public"."b" using (id)')
  })

  it('takes the values of its placeholders by name, and keeps the others', () => {
    const find = prepare(
      sql`select ${sql.placeholder('b')}, ${7}, ${sql.placeholder('a')}, ${sql.placeholder('b')}`,
    )
    expect(find('app_x', { a: 'A', b: null })).toEqual({
      text: 'select $1, $2, $3, $4',
      values: [null, 7, 'A', null],
    })
    expect(find('app_x', { a: 'A' }).values).toEqual([undefined, 7, 'A', undefined])
  })

  it('puts no value into the text, whatever the value', () => {
    const hostile = `'; drop schema public; --"`
    expect(compile('app_x', sql`select ${hostile}`)).toEqual({ text: 'select $1', values: [hostile] })
  })

  it('takes the tables of drizzle/ as the tenant’s', () => {
    const { session } = tenantTables(coreTables)
    const query = sql`select ${session.id} from ${session} where ${eq(session.userId, 'u')}`
    expect(compile('app_x', query)).toEqual({
      text: 'select "app_x"."_core_session"."id" from "app_x"."_core_session" where "app_x"."_core_session"."user_id" = $1',
      values: ['u'],
    })
  })

  it('is not confused by a name, value or schema that looks like its own placeholder', () => {
    const named = prepare(sql`select ${inTenant('tenant')}.${sql.identifier('tenant')}, ${'"\\u0000tenant"'}`)
    expect(named('tenant')).toEqual({
      text: 'select "tenant"."tenant"."tenant", $1',
      values: ['"\\u0000tenant"'],
    })
  })
})

/** Names that end an identifier, a text, a comment or a parameter where they are not quoted. */
const HOSTILE = [
  'plain',
  'app_my-app',
  'a"b',
  '"',
  '""',
  `a";drop schema public cascade;--`,
  `'; drop table a; --`,
  'a.b',
  'a b',
  '$1',
  '$$',
  '$&',
  "$'",
  '$`',
  '\\',
  '/*',
  '日本',
  '😀',
  'SELECT',
  'a\nb',
  '%I',
]

describe('a hostile name', () => {
  const client = new Client({ connectionString: inject('databaseUrl') })
  beforeAll(() => client.connect())
  afterAll(() => client.end())
  /** Every test makes its schemas in a transaction that it takes back. */
  const rolledBack = async <T>(work: () => Promise<T>): Promise<T> => {
    await client.query('begin')
    try {
      return await work()
    } finally {
      await client.query('rollback')
    }
  }

  it.each(HOSTILE)('%j is one schema and one table to Postgres', async (name) => {
    const { text: query, values } = compile(
      name,
      sql`select nspname as schema, relname as "table" from ${inTenant(name)} as t
        join pg_class c on c.oid = t.tableoid join pg_namespace n on n.oid = c.relnamespace`,
    )
    await rolledBack(async () => {
      const quoted = quoteIdentifier(name)
      await client.query(`create schema ${quoted}`)
      await client.query(`create table ${quoted}.${quoted} as select 1`)
      expect((await client.query(query, [...values])).rows).toEqual([{ schema: name, table: name }])
    })
  })

  it.each(HOSTILE)('%j is itself as a text inside a statement', async (name) => {
    const { text: query, values } = compile('app_x', sql`select ${literal(name)} as name`)
    expect(values).toEqual([])
    expect((await client.query(query)).rows).toEqual([{ name }])
  })

  it('stays one identifier, whatever the name', () => {
    const find = prepare(sql`select * from ${inTenant('t')} where ${sql.identifier('c')} = ${1}`)
    fc.assert(
      fc.property(anyText(), (name) => {
        const [, quoted = '', rest = ''] =
          /^select \* from ("(?:[^"]|"")*")(.*)$/s.exec(find(name).text) ?? []
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name)
        expect(text(rest)).toBe('."t" where "c" = $1')
      }),
      { numRuns: 500 },
    )
  })
})
