import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp, type TestUser } from '../support/app.ts'
import { EVERYTHING_CONFIGURED, isRefused } from '../support/bad-input.ts'
import { endpoints, inhabitants, requestTo, shownTo, type Endpoint } from '../support/endpoints.ts'
import { LEGAL } from '../support/legal.ts'
import { storedFor } from '../support/snapshot.ts'
import { anyText } from '../support/text.ts'

/** All in all: spread over all that take JSON. */
const RUNS = 500

let app: TestApp
let user: TestUser
beforeAll(async () => {
  app = await testApp({ document: EVERYTHING_CONFIGURED })
  user = await app.guest()
  await app.call('record:save', { records: [{ _id: 'note/1', title: 'x' }] }, user)
})

const text = fc.oneof(
  anyText({ maxLength: 30 }),
  fc.constantFrom('note', 'note/1', 'user', '_private', '$type'),
)
const tagged = fc.record({
  $type: fc.constantFrom('date', 'ref', 'geo', 'seq', 'keypath'),
  $val: text,
  $id: text,
})
const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), text, tagged)
const record = fc
  .tuple(
    fc.oneof(
      text,
      text.map((key) => `note/${key}`),
    ),
    fc.dictionary(text, json, { maxKeys: 4 }),
    json,
  )
  .map(([_id, fields, _access]) => ({ ...fields, _id, _access }))
const operand = fc.oneof(
  json,
  fc.constantFrom('title', '_id').map(($val) => ({ $type: 'keypath', $val })),
)
const comparison = fc.tuple(fc.constantFrom('eq', 'lt', 'like', 'in', 'and', 'not', 'func'), operand, operand)

/** Bodies near what an endpoint takes: by its schema where it has told one, else legal ones with any value in some places. */
const bodyFor = ({ name, kind, input }: Endpoint): fc.Arbitrary<unknown> =>
  kind === 'action'
    ? inhabitants(input, {
        text,
        anything: json,
        fields: {
          records: fc.array(fc.oneof({ weight: 5, arbitrary: record }, { weight: 1, arbitrary: json }), {
            maxLength: 3,
          }),
          record_type: fc.oneof(fc.constant('note'), text),
          predicate: fc.oneof(comparison, json),
          // Each login id that is well-formed costs a hash.
          auth_data: fc.dictionary(text, json, { maxKeys: 2 }),
          desired_keys: fc.constant(null),
        },
      })
    : fc.record(
        Object.fromEntries(
          Object.entries(LEGAL[name]?.[0] ?? {}).map(([field, value]) => [
            field,
            fc.oneof(fc.constant(value), json),
          ]),
        ),
        { requiredKeys: [] },
      )

const takers = endpoints.filter(({ takesJson }) => takesJson)

describe.each(takers)('$name, sent any body by a user or the master key', (endpoint) => {
  it('succeeds or is refused as the caller’s doing, and stores nothing where it is refused', async () => {
    const more = fc.dictionary(fc.constantFrom('_user_id', 'access_token', 'action', 'x'), json, {
      maxKeys: 2,
    })
    await fc.assert(
      fc.asyncProperty(bodyFor(endpoint), more, fc.boolean(), async (body, more, isMaster) => {
        const before = await storedFor(app, isMaster)
        const shown = isMaster ? { key: app.masterKey } : { key: app.apiKey, token: user.token }
        const sent = JSON.stringify({ ...more, ...(body as object) })
        const answer = await app.send(endpoint.path, requestTo(endpoint, shownTo(endpoint, shown), sent))
        const refused = isRefused(answer.status, await answer.text())
        if (refused) expect(await storedFor(app, isMaster)).toEqual(before)
      }),
      { numRuns: Math.ceil(RUNS / takers.length) },
    )
  }, 60_000)
})
