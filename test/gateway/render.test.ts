import { describe, expect, it } from 'vitest'
import { fail } from '../../src/core/failure.ts'
import { renderFailure, renderReply } from '../../src/gateway/render.ts'

const shown = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  body: await response.text(),
})
const json = (status: number, body: string) => ({ status, type: 'application/json', body })

describe('an answer', () => {
  it.each([
    [{ result: { a: 1 } }, '{"result":{"a":1}}'],
    [{ result: null }, '{}'],
    [{ result: undefined }, '{}'],
    [{ result: false }, '{"result":false}'],
    [{ result: 0 }, '{"result":0}'],
    [{ result: '' }, '{"result":""}'],
    [{ result: [] }, '{"result":[]}'],
    [{ result: [], info: { count: 0 } }, '{"result":[],"info":{"count":0}}'],
    [{ result: null, info: { count: 2 } }, '{"info":{"count":2}}'],
  ])('of %j is an envelope with what is there', async (reply, body) => {
    expect(await shown(renderReply(reply))).toEqual(json(200, body))
  })

  it('of a failure is the error object with its status', async () => {
    const failure = fail('InvalidArgument', 'no', { arguments: ['a'] })
    expect(await shown(renderFailure(failure))).toEqual(
      json(400, '{"error":{"name":"InvalidArgument","code":108,"message":"no","info":{"arguments":["a"]}}}'),
    )
  })

  it('of a failure that passes says when to come back', () => {
    const failure = { ...fail('UnexpectedError', 'busy'), status: 503, retryAfterSeconds: 2 }
    expect(renderFailure(failure).headers.get('retry-after')).toBe('2')
    expect(renderFailure(fail('BadRequest', 'no')).headers.has('retry-after')).toBe(false)
  })
})
