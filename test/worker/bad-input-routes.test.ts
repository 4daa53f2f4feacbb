import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '../support/app.ts'
import {
  BAD_NAMES,
  EVERYTHING_CONFIGURED,
  expectBorne,
  MALFORMED,
  TEN_MEGABYTES,
} from '../support/bad-input.ts'
import { endpoints, pathTo, requestTo, shownTo, type Endpoint } from '../support/endpoints.ts'
import { storedFor } from '../support/snapshot.ts'

let app: TestApp
let appId: string
beforeAll(async () => {
  app = await testApp({ document: EVERYTHING_CONFIGURED })
  await app.guest()
  const document = JSON.parse((await env.TENANTS.get(`host:${app.host}`)) ?? '{}') as { app_id: string }
  appId = document.app_id
})

/** Routes and v2's endpoints; actions have their own tests. */
const open = endpoints.filter(({ kind }) => kind !== 'action')
const takers = open.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))
const isRead = ({ method }: Endpoint) => method === 'GET' || method === 'HEAD'
const named = open.filter(({ path }) => path.endsWith('/*'))

/** Rows and files. */
const everything = async () => [
  await storedFor(app, true),
  (await env.ASSETS.list({ prefix: `${appId}/` })).objects.map(({ key, etag }) => `${key} ${etag}`),
]
const asMaster = (endpoint: Endpoint, path: string, body?: BodyInit, headers: HeadersInit = {}) => {
  const all = new Headers(shownTo(endpoint, { key: app.masterKey }))
  for (const [name, value] of new Headers(headers)) all.set(name, value)
  return app.send(path, requestTo(endpoint, all, body))
}

/** Types under which a body may be looked into. */
const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'image/png',
  'nonsense',
]

describe.each(takers)('$name', (endpoint) => {
  it('bears a body that is malformed or not UTF-8, whatever it says it is, and stores nothing where it refuses', async () => {
    const path = pathTo(endpoint, 'cat.png')
    for (const type of TYPES) {
      const before = await everything()
      let isAccepted = false
      for (const [what, body] of MALFORMED) {
        const answer = await asMaster(endpoint, path, body, { 'content-type': type })
        await expectBorne(answer, `${type} ${what}`)
        isAccepted ||= answer.status === 200
      }
      // Bytes of any kind are a file's.
      if (!isAccepted) expect(await everything()).toEqual(before)
    }
  })

  it('bears 10 MB, said or not', async () => {
    for (const [i, length] of [null, '1', '-1', 'many', '99999999999'].entries()) {
      const headers = {
        'content-type': TYPES[i] ?? '',
        ...(length !== null && { 'content-length': length }),
      }
      const answer = await asMaster(endpoint, pathTo(endpoint, 'cat.png'), TEN_MEGABYTES, headers)
      await expectBorne(answer, JSON.stringify(headers))
    }
  })
})

/** What may stand in a path after `/files/`, escaped by its sender or not. */
const HOSTILE: readonly string[] = [
  ...BAD_NAMES.filter((name) => name.length < 1000 && name.isWellFormed()).map(encodeURIComponent),
  ...'% %0 %zz %ff %c0%af %ed%a0%80 %00 %0d%0aset-cookie:x %25%30%30 x%20 %f0%9f%98%80'.split(' '),
  ...'. .. ../.. %2e%2e %2e%2e%2f%2e%2e%2fetc%2fpasswd ..%5c.. // / /x x/ x//y'.split(' '),
  ...'x?y x%3fy x%23y x+y é * %2a x;y=z ~'.split(' '),
  'x y',
  'x'.repeat(800),
  'x'.repeat(801),
  'x'.repeat(5000),
  encodeURIComponent('語'.repeat(300)),
]

describe.each(named)('$name', (endpoint) => {
  it('bears names of any kind', async () => {
    const queries = isRead(endpoint)
      ? ['', '?pipeline=image', '?pipeline=%ff', '?expiredAt=1&signature=x']
      : ['']
    for (const name of HOSTILE)
      for (const query of queries)
        await expectBorne(await asMaster(endpoint, pathTo(endpoint, name) + query, 'x'), name.slice(0, 100))
  })

  it.runIf(isRead(endpoint))('finds nothing of another app, nor outside of its own', async () => {
    const secret = `secret-${crypto.randomUUID()}`
    const other = `other-${crypto.randomUUID()}`
    await env.ASSETS.put(`${other}/cat.png`, secret, { customMetadata: { access: 'public' } })
    const ways = [
      `../${other}/cat.png`,
      `/${other}/cat.png`,
      `${appId}/../${other}/cat.png`,
      `..\\${other}\\cat.png`,
    ]
    for (const way of ways)
      for (const name of [way, encodeURIComponent(way), encodeURIComponent(encodeURIComponent(way))]) {
        const answer = await asMaster(endpoint, pathTo(endpoint, name))
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(await answer.text()).not.toContain(secret)
      }
  })
})
