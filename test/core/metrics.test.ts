import { describe, expect, it } from 'vitest'
import { METRICS_SERIES_MAX } from '../../src/core/limits.ts'
import { counters, dataPointOf, prometheusText } from '../../src/core/metrics.ts'
import type { RequestLog } from '../../src/core/request-log.ts'

const entry = (more: Partial<RequestLog> = {}): RequestLog => ({
  request_id: 'id',
  host: 'notes.example',
  app: 'notes',
  method: 'POST',
  action: 'me',
  status: 200,
  trips: 1,
  ms: 5,
  ...more,
})

describe('counters', () => {
  it('add up requests, time and round trips by app, action and status', () => {
    const kept = counters()
    kept.count(entry())
    kept.count(entry({ ms: 7, trips: 2 }))
    kept.count(entry({ status: 401 }))
    expect(kept.read()).toEqual([
      { app: 'notes', action: 'me', status: 200, requests: 2, ms: 12, trips: 3 },
      { app: 'notes', action: 'me', status: 401, requests: 1, ms: 5, trips: 1 },
    ])
  })

  it('give away what they counted once', () => {
    const kept = counters()
    kept.count(entry())
    expect(kept.drain()).toHaveLength(1)
    expect(kept.drain()).toEqual([])
  })

  it('count a stranger’s hosts and names as none, so that nobody makes series by asking', () => {
    const kept = counters()
    for (const host of ['a', 'b', 'c']) kept.count(entry({ host, app: undefined, action: null, status: 404 }))
    expect(kept.read()).toEqual([{ app: 'none', action: 'none', status: 404, requests: 3, ms: 15, trips: 3 }])
  })

  it('are bounded: further apps are counted together', () => {
    const kept = counters()
    for (let i = 0; i < METRICS_SERIES_MAX + 50; i++) kept.count(entry({ app: `app-${i}` }))
    expect(kept.read().length).toBeLessThanOrEqual(METRICS_SERIES_MAX + 1)
    expect(kept.read().find(({ app }) => app === 'other')?.requests).toBe(50)
  })
})

describe('the operator’s text', () => {
  it('is Prometheus’ format, with labels escaped', () => {
    const text = prometheusText([
      { app: 'a"b\\c\nd', action: 'me', status: 200, requests: 2, ms: 9, trips: 3 },
    ])
    const labels = '{app="a\\"b\\\\c\\nd",action="me",status="200"}'
    expect(text).toContain(`# TYPE skygear_requests_total counter\nskygear_requests_total${labels} 2\n`)
    expect(text).toContain(`skygear_request_milliseconds_total${labels} 9\n`)
    expect(text.endsWith(`skygear_database_trips_total${labels} 3\n`)).toBe(true)
  })
})

describe('a data point of Workers Analytics Engine', () => {
  it('holds the app as its index, names as blobs and numbers as doubles', () => {
    expect(dataPointOf(entry({ error: 'Duplicated', status: 409 }))).toEqual({
      indexes: ['notes'],
      blobs: ['me', 'Duplicated', 'notes.example'],
      doubles: [409, 5, 1],
    })
  })

  it('has an index that is short enough to be taken', () => {
    for (const app of ['x'.repeat(500), 'ü'.repeat(60), '语'.repeat(60)]) {
      const [index = ''] = dataPointOf(entry({ app })).indexes
      expect(Buffer.byteLength(index)).toBeLessThanOrEqual(96)
      expect(app.startsWith(index)).toBe(true)
    }
  })
})
