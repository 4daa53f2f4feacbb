import { neon, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { startNeonEndpoint } from '../../local/neon/endpoint.ts'

const shared = `http://${inject('neonEndpoint')}/sql`
neonConfig.fetchEndpoint = shared
const url = inject('databaseUrl')
const sql = neon(url)
const schema = `tx_${crypto.randomUUID().replaceAll('-', '')}`
const table = `${schema}.t`
const insert = (id: number) => sql.query(`insert into ${table} values ($1)`, [id])
const ids = async () => (await sql.query(`select id from ${table} order by id`)).map((row) => row['id'])

beforeAll(async () => {
  await sql.query(`create schema ${schema}`)
  await sql.query(`create table ${table} (id int primary key deferrable initially deferred)`)
})
beforeEach(() => sql.query(`truncate ${table}`))
afterAll(() => sql.query(`drop schema ${schema} cascade`))

describe('a batch', () => {
  it('commits all its statements and answers each', async () => {
    const results = await sql.transaction([insert(1), insert(2), sql.query(`select count(*) from ${table}`)])
    expect(results).toEqual([[], [], [{ count: '2' }]])
    expect(await ids()).toEqual([1, 2])
  })

  it('takes no statements, or many', async () => {
    expect(await sql.transaction([])).toEqual([])
    const twenty = Array.from({ length: 20 }, (_, i) => sql`select ${i}::int as i`)
    expect(await sql.transaction(twenty)).toEqual(twenty.map((_, i) => [{ i }]))
    const thousand = Array.from({ length: 1000 }, (_, i) => insert(i))
    await sql.transaction(thousand)
    expect(await ids()).toHaveLength(1000)
  })

  it('keeps nothing after an error, and reports the first one', async () => {
    const broken = sql.transaction([insert(1), sql`select 1 / 0`, sql`select bogus`, insert(2)])
    await expect(broken).rejects.toMatchObject({ code: '22012', message: 'division by zero' })
    expect(await ids()).toEqual([])
  })

  it('keeps nothing when COMMIT itself fails', async () => {
    await expect(sql.transaction([insert(1), insert(1)])).rejects.toMatchObject({ code: '23505' })
    expect(await ids()).toEqual([])
  })

  it('holds no locks once its error is known', async () => {
    const lock = sql.query(`lock table ${table}`)
    for (let i = 0; i < 20; i += 1) {
      await expect(sql.transaction([lock, sql`select 1 / 0`])).rejects.toMatchObject({ code: '22012' })
      await sql.transaction([sql.query(`lock table ${table} nowait`)])
    }
  })

  it('that is read-only refuses a write with 25006', async () => {
    await expect(sql.transaction([insert(1)], { readOnly: true })).rejects.toMatchObject({ code: '25006' })
    expect(await sql.transaction([sql`select 1 as a`], { readOnly: true })).toEqual([[{ a: 1 }]])
  })

  it.each([
    ['ReadUncommitted', 'read uncommitted'],
    ['ReadCommitted', 'read committed'],
    ['RepeatableRead', 'repeatable read'],
    ['Serializable', 'serializable'],
  ] as const)('runs at %s', async (isolationLevel, words) => {
    const settings = sql`select current_setting('transaction_isolation') as level,
      current_setting('transaction_deferrable') as deferrable`
    const options = { isolationLevel, readOnly: true, deferrable: true }
    expect(await sql.transaction([settings], options)).toEqual([[{ level: words, deferrable: 'on' }]])
  })

  it('refuses an isolation level that does not exist', async () => {
    const isolationLevel = 'toString' as 'Serializable'
    await expect(sql.transaction([sql`select 1`], { isolationLevel })).rejects.toThrow(
      'invalid isolation level',
    )
  })

  it('honours array mode and full results', async () => {
    const options = { arrayMode: true, fullResults: true } as const
    const [result] = await sql.transaction([sql`select 1 as a, 2 as a`], options)
    expect(result).toMatchObject({ command: 'SELECT', rowCount: 1, rows: [[1, 2]], rowAsArray: true })
  })

  it('works 200 times at once over 10 sessions', async () => {
    const small = await startNeonEndpoint({ databases: [url], poolSize: 10 })
    neonConfig.fetchEndpoint = `${small.url}/sql`
    try {
      const one = (i: number) =>
        sql.transaction([insert(i), sql.query(`select id from ${table} where id = $1`, [i])])
      const all = await Promise.all(Array.from({ length: 200 }, (_, i) => one(i)))
      expect(all).toEqual(all.map((_, i) => [[], [{ id: i }]]))
      expect(small.trips()).toBe(200)
      const [row] =
        await sql`select count(*)::int as n from pg_stat_activity where application_name like 'pkg:npm%'`
      expect(row?.['n']).toBeGreaterThan(0)
    } finally {
      neonConfig.fetchEndpoint = shared
      await small.close()
    }
  })
})

describe('a request leaves no trace in the session that the next one gets', () => {
  // One session, so that the next request surely gets it.
  it.each([
    ['a setting', `set search_path = pg_catalog`],
    ['a setting by function', `select set_config('search_path', 'pg_catalog', false)`],
    ['a temporary table', `create temp table left_behind (x int)`],
    ['a prepared statement', `prepare left_behind as select 1`],
    ['an advisory lock', `select pg_advisory_lock(4711)`],
    ['a listener', `listen left_behind`],
  ])('%s', async (_, text) => {
    const single = await startNeonEndpoint({ databases: [url], poolSize: 1 })
    neonConfig.fetchEndpoint = `${single.url}/sql`
    try {
      await sql.query(text)
      const [row] = await sql`select current_setting('search_path') as path,
        to_regclass('pg_temp.left_behind') as temp,
        (select count(*)::int from pg_prepared_statements) as prepared,
        (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
        (select count(*)::int from pg_listening_channels()) as channels`
      const fresh = { path: '"$user", public', temp: null, prepared: 0, locks: 0, channels: 0 }
      expect(row).toEqual(fresh)
    } finally {
      neonConfig.fetchEndpoint = shared
      await single.close()
    }
  })

  it('an open transaction', async () => {
    const single = await startNeonEndpoint({ databases: [url], poolSize: 1 })
    neonConfig.fetchEndpoint = `${single.url}/sql`
    try {
      await sql`begin`
      const transaction = () => sql`select pg_current_xact_id()`
      expect(await transaction()).not.toEqual(await transaction())
    } finally {
      neonConfig.fetchEndpoint = shared
      await single.close()
    }
  })
})
