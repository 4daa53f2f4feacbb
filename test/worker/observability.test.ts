import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { expect, it, vi } from 'vitest'
import { clusterMetrics } from '../../src/platform/cluster-metrics.ts'
import { action, gear } from '../../src/core/gear.ts'
import { schema } from '../../src/core/schema.ts'
import { analytics } from '../../src/platform/analytics.ts'
import { testApp } from '../support/app.ts'

const entry = (app: string) => ({
  request_id: 'id',
  host: 'x',
  app,
  method: 'POST',
  action: 'me',
  status: 200,
  trips: 1,
  ms: 5,
})

it('names its stages in Server-Timing where the app asks for it', async () => {
  const app = await testApp({ document: { server_timing: true } })
  const { headers } = await app.call('auth:signup')
  expect(headers.get('server-timing')).toMatch(
    /^host;dur=[\d.]+, body;dur=[\d.]+, caller;dur=[\d.]+, sql;dur=[\d.]+, action;dur=[\d.]+, total;dur=[\d.]+$/,
  )
})

it('keeps its times to itself where the app does not ask', async () => {
  const app = await testApp()
  expect((await app.call('home')).headers.get('server-timing')).toBeNull()
})

it('joins the response and its log line by one id', async () => {
  const app = await testApp()
  const { headers } = await app.call('me', {}, { key: 'wrong' })
  expect(app.logOf(headers.get('x-skygear-request-id'))).toMatchObject({
    app: expect.any(String),
    action: 'me',
    status: 401,
    error: 'AccessKeyNotAccepted',
    trips: 0,
  })
})

it('adds up what several isolates count, after a response and at most every ten seconds', async () => {
  let now = 0
  const app = crypto.randomUUID()
  const work: Promise<unknown>[] = []
  const later = (job: Promise<unknown>) => void work.push(job)
  const [one, two] = [clusterMetrics(env.METRICS, () => now), clusterMetrics(env.METRICS, () => now)]
  one.count(entry(app), later)
  expect(work, 'nothing is sent before its time').toEqual([])
  now = 10_000
  one.count(entry(app), later)
  two.count(entry(app), later)
  await Promise.all(work)
  const totals = (await one.read()).filter((series) => series.app === app)
  expect(totals).toEqual([{ app, action: 'me', status: 200, requests: 3, ms: 15, trips: 3 }])
})

it('says of what went wrong the id under which it was reported, to the caller and in the line', async () => {
  const cause = new Error('a bug')
  const broken = action({
    summary: 'Breaks.',
    access: 'anyone',
    input: schema(v.object({})),
    output: schema(v.null()),
    run: () => Promise.reject(cause),
  })
  const app = await testApp({ gears: [gear({ name: 'broken', actions: { 'broken:now': broken } })] })
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const { status, headers, json } = await app.call('broken:now')
  log.mockRestore()
  const requestId = headers.get('x-skygear-request-id')
  expect([status, json['error']]).toMatchObject([
    500,
    { code: 10000, message: `unexpected error, reported as ${requestId}` },
  ])
  expect(app.errorOf(requestId)).toBe(cause)
  expect(app.logOf(requestId)).toMatchObject({ status: 500, action: 'broken:now', error: 'UnexpectedError' })
})

it('is a data point each where a dataset is bound as ANALYTICS, and nothing where none is', () => {
  const points: unknown[] = []
  analytics({ ANALYTICS: { writeDataPoint: (point: unknown) => points.push(point) } })(entry('notes'))
  analytics(env)(entry('notes'))
  expect(points).toEqual([{ indexes: ['notes'], blobs: ['me', '', 'x'], doubles: [200, 5, 1] }])
})
