import { Client, neonConfig, Pool } from '@neondatabase/serverless'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/neon-serverless'
import { integer, jsonb, pgSchema, timestamp } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

const url = inject('databaseUrl')
const schema = `pool_${crypto.randomUUID().replaceAll('-', '')}`
const table = `${schema}.t`
let pool: Pool

beforeAll(async () => {
  neonConfig.wsProxy = `${inject('neonEndpoint')}/v1`
  neonConfig.useSecureWebSocket = false
  neonConfig.pipelineTLS = false
  neonConfig.pipelineConnect = false
  pool = new Pool({ connectionString: url, max: 20 })
  await pool.query(
    `create schema ${schema}; create table ${table} (id int primary key, body jsonb, at timestamptz)`,
  )
})
afterAll(async () => {
  await pool.query(`drop schema ${schema} cascade`)
  await pool.end()
})

describe('Pool and Client', () => {
  it('roll a transaction back, and to a savepoint', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await client.query(`insert into ${table} values (1)`)
    await client.query('savepoint s')
    await expect(client.query(`insert into ${table} values (1)`)).rejects.toMatchObject({ code: '23505' })
    await client.query('rollback to s')
    expect((await client.query(`select id from ${table}`)).rows).toEqual([{ id: 1 }])
    await client.query('rollback')
    client.release()
    expect((await pool.query(`select id from ${table}`)).rows).toEqual([])
  })

  it('keep prepared statements for their session', async () => {
    const client = new Client(url)
    await client.connect()
    const twice = (n: number) => client.query({ name: 'twice', text: 'select $1::int * 2 as n', values: [n] })
    expect([(await twice(4)).rows, (await twice(5)).rows]).toEqual([[{ n: 8 }], [{ n: 10 }]])
    expect((await client.query('select name from pg_prepared_statements')).rows).toEqual([{ name: 'twice' }])
    await client.end()
  })

  it('hear notifications', async () => {
    const listener = new Client(url)
    await listener.connect()
    const heard: unknown[] = []
    listener.on('notification', ({ channel, payload }) => heard.push([channel, payload]))
    await listener.query(`listen ${schema}`)
    await pool.query('select pg_notify($1, $2)', [schema, 'žluť'])
    await expect.poll(() => heard).toEqual([[schema, 'žluť']])
    await listener.end()
  })

  it('serve 20 clients in transactions at once', async () => {
    const one = async (i: number): Promise<unknown> => {
      const client = await pool.connect()
      await client.query('begin')
      await client.query(`insert into ${table} values ($1)`, [100 + i])
      const { rows } = await client.query('select pg_backend_pid() as pid, pg_sleep(0.05)')
      await client.query('commit')
      client.release()
      return (rows as { pid: number }[])[0]?.pid
    }
    const pids = await Promise.all(Array.from({ length: 20 }, (_, i) => one(i)))
    expect(new Set(pids).size).toBe(20)
    expect((await pool.query(`delete from ${table}`)).rowCount).toBe(20)
  })

  it('carry 20 MB either way', async () => {
    const big = 'é'.repeat(10_000_000)
    expect((await pool.query('select $1::text as big', [big])).rows).toEqual([{ big }])
  })
})

describe('Drizzle over neon-serverless', () => {
  const things = pgSchema(schema).table('t', {
    id: integer().primaryKey(),
    body: jsonb(),
    at: timestamp({ withTimezone: true }),
  })
  const row = { id: 1, body: { deep: [1, null, `it's`] }, at: new Date('2026-02-03T04:05:06.789Z') }

  it('commits a transaction, rolls back one that throws, and nests', async () => {
    const db = drizzle({ client: pool })
    const made = await db.transaction(async (tx) => {
      const inserted = await tx.insert(things).values(row).returning()
      await tx
        .transaction(async (nested) => {
          await nested.insert(things).values({ id: 2 })
          nested.rollback()
        })
        .catch(() => {})
      return inserted
    })
    expect(made).toEqual([row])
    const broken = db.transaction(async (tx) => {
      await tx.delete(things)
      throw new Error('no')
    })
    await expect(broken).rejects.toThrow('no')
    expect(await db.select().from(things)).toEqual([row])
  })

  it('sets isolation, and prepares', async () => {
    const db = drizzle({ client: pool })
    const level = await db.transaction((tx) => tx.execute(sql`show transaction_isolation`), {
      isolationLevel: 'serializable',
    })
    expect(level.rows).toEqual([{ transaction_isolation: 'serializable' }])
    const byId = db
      .select()
      .from(things)
      .where(eq(things.id, sql.placeholder('id')))
      .prepare('by_id')
    expect(await byId.execute({ id: 1 })).toEqual([row])
    expect(await byId.execute({ id: 9 })).toEqual([])
  })
})
