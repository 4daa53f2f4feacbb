import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ANSWER_MS_MAX,
  CONNECTIONS_MAX,
  eventually,
  startSystem,
  type Answer,
  type System,
} from './system.ts'

let system: System
let token: string
let userId: string

beforeAll(async () => {
  system = await startSystem()
  const { result } = await system.call('auth:signup')
  ;({ access_token: token, user_id: userId } = result as { access_token: string; user_id: string })
  const records = [
    { _id: 'note/0', n: 0 },
    { _id: 'other/0', n: 0 },
  ]
  expect((await system.call('record:save', { records }, token)).status).toBe(200)
}, 60_000)
afterAll(() => system.stop())

const query = () => system.call('record:query', { record_type: 'note' }, token)
const save = (ids: readonly string[], more: object = {}) =>
  system.call('record:save', { records: ids.map((_id) => ({ _id, n: 1 })), ...more }, token)

/** Everything that asks the database, at once. */
const everything = () =>
  Promise.all([
    query(),
    save([`note/${crypto.randomUUID()}`]),
    system.call('auth:signup'),
    system.call('auth:login', { auth_data: { username: 'nobody' }, password: 'x' }),
    system.call('me', {}, token),
    system.call('record:fetch', { ids: ['note/0'] }, token),
    system.call('record:delete', { ids: ['note/none'] }, token),
  ])

const expectUnavailable = ({ status, code, retryAfter }: Answer) => {
  expect([status, code]).toEqual([503, 10002])
  expect(Number(retryAfter)).toBeGreaterThan(0)
}
const expectRecovered = async () => {
  const answer = await eventually(query, ({ status }) => status === 200)
  expect(answer.status).toBe(200)
  expect((await save([`note/${crypto.randomUUID()}`])).status).toBe(200)
}

/** Ids of records that are there. */
async function stored(admin: Client, ids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) {
    const [type = '', key] = id.split('/')
    const { rowCount } = await admin.query(`select from ${system.table(type)} where _id = $1`, [key])
    if (rowCount) found.push(id)
  }
  return found
}

/** Sessions of the Worker that wait for a lock. */
const waiting = async (admin: Client): Promise<number[]> =>
  (
    await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where usename = 'worker' and wait_event_type = 'Lock'`,
    )
  ).rows.map(({ pid }) => pid)
const isWaiting = (pids: readonly number[]) => pids.length > 0

/** Does something while nobody can get at a table. */
async function locked(table: string, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = await system.admin()
  await admin.query(`begin; lock table ${system.table(table)} in access exclusive mode`)
  try {
    await work(admin)
  } finally {
    await admin.query('rollback')
    await admin.end()
  }
}

describe('a database that is down', () => {
  it('is 503 with Retry-After, in time, for all who ask it; the health check goes on', async () => {
    await system.stopPostgres()
    const answers = await everything()
    const health = await system.call('_status:healthz')
    await system.startPostgres()
    answers.forEach(expectUnavailable)
    expect(health.status).toBe(200)
  })

  it('serves again as soon as it is back, to the same Worker and the same tokens', async () => {
    await expectRecovered()
    expect((await system.call('me', {}, token)).result).toMatchObject({ user_id: userId })
  })
})

describe('a database that is slow', () => {
  it('is 503 within the limit, for readers and writers, and stores nothing late', async () => {
    const late = `note/${crypto.randomUUID()}`
    await locked('note', async (admin) => {
      const began = Date.now()
      const answers = await Promise.all([query(), save([late]), save(['other/1', late])])
      expect(Date.now() - began).toBeLessThan(ANSWER_MS_MAX)
      answers.forEach(expectUnavailable)
      expect((await system.call('_status:healthz')).status).toBe(200)
      // Whoever was given up waits no more: what is unlocked later finds nobody to go on.
      expect(
        await eventually(
          () => waiting(admin),
          (pids) => !isWaiting(pids),
        ),
      ).toEqual([])
    })
    await expectRecovered()
    const admin = await system.admin()
    expect(await stored(admin, [late, 'other/1'])).toEqual([])
    await admin.end()
  })
})

describe('the first request of an app whose schema is being made by somebody else', () => {
  it('is 503 within the limit, even after one who gave up, and succeeds when they are done', async () => {
    const admin = await system.admin()
    await admin.query('begin')
    await admin.query(`select pg_advisory_xact_lock(hashtextextended('skygear.migrate.app_fresh', 0))`)
    await expect(system.fresh(200)).rejects.toThrow()
    const began = Date.now()
    const answers = await Promise.all([system.fresh(), system.fresh()])
    expect(Date.now() - began).toBeLessThan(ANSWER_MS_MAX)
    await admin.query('rollback')
    await admin.end()
    answers.forEach(expectUnavailable)
    expect(
      (
        await eventually(
          () => system.fresh(),
          ({ status }) => status === 200,
        )
      ).status,
    ).toBe(200)
  })
})

describe('a database without a connection to spare', () => {
  it('is 503, and serves again when there is one', async () => {
    const admin = await system.admin()
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker'`)
    await admin.query('alter role worker connection limit 0')
    const answers = await everything()
    await admin.query(`alter role worker connection limit ${CONNECTIONS_MAX}`)
    await admin.end()
    answers.forEach(expectUnavailable)
    await expectRecovered()
  })
})

describe('a connection that is killed under a save', () => {
  it.each([
    ['atomic', true],
    ['not atomic', false],
  ])('is 503 where the batch is %s, and nothing of it is stored', async (_, atomic) => {
    const ids = [1, 2, 3].map((i) => `other/${i}-${crypto.randomUUID()}`)
    const batch = [...ids, `note/${crypto.randomUUID()}`]
    await locked('note', async (admin) => {
      const saving = save(batch, { atomic })
      const pids = await eventually(() => waiting(admin), isWaiting)
      expect(pids).toHaveLength(1)
      await admin.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids])
      expectUnavailable(await saving)
    })
    const admin = await system.admin()
    expect(await stored(admin, batch)).toEqual([])
    await admin.end()
    await expectRecovered()
  })

  it('is 503 where Postgres is killed with it, and nothing of the batch is stored', async () => {
    const batch = [`other/${crypto.randomUUID()}`, `note/${crypto.randomUUID()}`]
    const admin = await system.admin()
    await admin.query(`begin; lock table ${system.table('note')} in access exclusive mode`)
    const saving = save(batch)
    expect(await eventually(() => waiting(admin), isWaiting)).toHaveLength(1)
    await system.killPostgres()
    expectUnavailable(await saving)
    await system.startPostgres()
    await admin.end().catch(() => undefined)
    const after = await system.admin()
    expect(await stored(after, batch)).toEqual([])
    await after.end()
    await expectRecovered()
  })
})

describe('an isolate that is restarted', () => {
  it('takes the tokens of before, and refuses those of sessions that have ended', async () => {
    const { result } = await system.call('auth:signup')
    const ended = (result as { access_token: string }).access_token
    expect((await system.call('auth:logout', {}, ended)).status).toBe(200)
    await system.restartWorker()
    expect((await system.call('me', {}, token)).result).toMatchObject({ user_id: userId })
    expect((await query()).status).toBe(200)
    expect((await system.call('me', {}, ended)).code).toBe(104)
  })
})
