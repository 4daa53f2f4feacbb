import { describe, expect, it } from 'vitest'
import { sessionOf } from '../../cli/migrate/session.ts'
import { readModules } from '../../src/migrate/files.ts'
import type { LockHolder } from '../../src/migrate/lock.ts'
import { migrate } from '../../src/migrate/run.ts'
import { connected, first, freshSchema, own } from './run.fixture.ts'

const RUNNERS = 8
const modules = readModules()

describe('runners at once', () => {
  it(`of which there are ${RUNNERS} apply each migration once`, async () => {
    const schema = freshSchema()
    const runners = await Promise.all(Array.from({ length: RUNNERS }, () => connected()))
    const outcomes = await Promise.all(runners.map((runner) => migrate(sessionOf(runner), schema, modules)))
    await Promise.all(runners.map((runner) => runner.end()))
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
    const applied = outcomes.flatMap((each) =>
      each.ok ? each.value.filter(({ from, to }) => from !== to) : [],
    )
    expect(applied.map(({ module }) => module).toSorted()).toEqual(modules.map(({ name }) => name).toSorted())
  })

  it('wait for each other, and are told for whom', async () => {
    const schema = freshSchema()
    const other = await connected('a slow migration')
    await other.query('begin')
    await other.query(`select pg_advisory_xact_lock(hashtextextended('skygear.migrate.' || $1, 0))`, [schema])
    const { rows } = await other.query(`select pg_backend_pid() as pid`)

    const client = await connected()
    let running: ReturnType<typeof migrate> | undefined
    const holder = await new Promise<LockHolder>((resolve, reject) => {
      const release = (found: LockHolder) => other.query('commit').then(() => resolve(found), reject)
      running = migrate(sessionOf(client), schema, [own(first)], { onWait: (found) => void release(found) })
    })
    expect(holder).toEqual({
      pid: rows[0].pid,
      application: 'a slow migration',
      user: 'postgres',
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
    })
    expect(await running).toMatchObject({ ok: true, value: [{ from: null, to: 1 }] })
    await Promise.all([client.end(), other.end()])
  })
})

it('a session that is lost is a fault, not an exception', async () => {
  const lost = await connected()
  lost.on('error', () => {})
  const outcome = migrate(sessionOf(lost), freshSchema(), [
    own([1, 'select pg_terminate_backend(pg_backend_pid())']),
  ])
  expect(await outcome).toMatchObject({ ok: false, error: { reason: 'failed' } })
})
