import { describe, expect, it } from 'vitest'
import { requestLogger, type RequestLog } from '../../src/core/request-log.ts'

const entry: RequestLog = {
  request_id: 'r-1',
  host: 'notes.example',
  app: 'notes',
  method: 'POST',
  action: 'record:query',
  status: 200,
  trips: 1,
  ms: 3,
}

function logged(share: number, random: number, entries: readonly RequestLog[]) {
  const lines: string[] = []
  const log = requestLogger(
    share,
    () => random,
    (line) => lines.push(line),
  )
  for (const each of entries) log(each)
  return lines.map((line): unknown => JSON.parse(line))
}

describe('the log', () => {
  it('has one line of JSON a request', () => expect(logged(1, 0.99, [entry, entry])).toEqual([entry, entry]))

  it.each([
    [1, 1, 1],
    [0.25, 0.2, 1],
    [0.25, 0.25, 0],
    [0.25, 0.9, 0],
    [0, 0, 0],
  ])('of a share of %d, where chance says %d, has %i lines', (share, random, lines) => {
    expect(logged(share, random, [entry])).toHaveLength(lines)
  })

  it.each([500, 501, 503, 504])('has every request that ended with %i, whatever the share', (status) => {
    expect(logged(0, 1, [{ ...entry, status }])).toHaveLength(1)
  })

  it.each([400, 401, 404, 499])('samples requests that ended with %i', (status) => {
    expect(logged(0, 0, [{ ...entry, status }])).toHaveLength(0)
  })
})
