import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp, type TestUser } from '../support/app.ts'
import { EVERYTHING_CONFIGURED, isRefused } from '../support/bad-input.ts'
import { endpoints, inhabitants } from '../support/endpoints.ts'
import { snapshot } from '../support/snapshot.ts'
import { anyText } from '../support/text.ts'

/** All in all: spread over the actions. */
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

const actions = endpoints.filter(({ isRoute }) => !isRoute)

describe.each(actions)('$name, sent any body by a user or the master key', ({ name, input }) => {
  it('succeeds or is refused as the caller’s doing, and stores nothing where it is refused', async () => {
    const body = inhabitants(input, {
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
    const more = fc.dictionary(fc.constantFrom('_user_id', 'access_token', 'action', 'x'), json, {
      maxKeys: 2,
    })
    await fc.assert(
      fc.asyncProperty(body, more, fc.boolean(), async (body, more, isMaster) => {
        const before = await stored(isMaster)
        const sent = { ...more, ...(body as object) }
        const answer = await app.call(name, sent, isMaster ? { key: app.masterKey } : user)
        if (isRefused(answer.status, answer.text)) expect(await stored(isMaster)).toEqual(before)
      }),
      { numRuns: Math.ceil(RUNS / actions.length) },
    )
  }, 60_000)
})

/** Whom the master key stands in for is there from then on, whatever becomes of the call (v1 protocol, section 2.1). */
async function stored(isMaster: boolean) {
  const { _core_user, ...others } = await snapshot(app)
  return isMaster ? others : { _core_user, ...others }
}
