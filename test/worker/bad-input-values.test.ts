import { beforeEach, describe, expect, it } from 'vitest'
import { keypath, testApp, type Json, type TestApp, type TestUser } from '../support/app.ts'
import {
  BAD_NAMES,
  BAD_VALUES,
  EVERYTHING_CONFIGURED,
  HUGE_VALUES,
  holes,
  isRefused,
} from '../support/bad-input.ts'
import { endpoints } from '../support/endpoints.ts'
import { snapshot } from '../support/snapshot.ts'

/** Bodies that are legal: each place in them is then made bad. Actions that are not here are sent an empty one. */
const LEGAL: Readonly<Record<string, readonly Json[]>> = {
  'auth:signup': [
    { profile: { nick: 'x', since: 1 }, auth_data: null, password: null, provider: null },
    { auth_data: { email: 'a@b.example' }, password: '' },
  ],
  'auth:login': [{ auth_data: { username: 'nobody' }, provider: 'x' }],
  'record:save': [
    {
      records: [
        {
          _id: 'note/1',
          title: 'x',
          n: 1,
          _access: [
            { level: 'read', public: true },
            { level: 'write', role: 'r' },
          ],
        },
        { _id: 'fresh/1', when: { $type: 'date', $date: '2026-01-01T00:00:00Z' }, more: [{ a: 1 }] },
      ],
      atomic: false,
      database_id: '_public',
    },
    { records: [{ _id: 'note/1', at: { $type: 'geo', $lng: 1, $lat: 2 } }], atomic: true },
  ],
  'record:fetch': [{ ids: ['note/1', 'note/2'], database_id: '_private' }],
  'record:query': [
    {
      record_type: 'note',
      predicate: [
        'and',
        ['eq', keypath('title'), 'x'],
        ['in', keypath('n'), [1]],
        ['not', ['gt', keypath('n'), 1]],
      ],
      sort: [[keypath('title'), 'asc']],
      limit: 1,
      offset: 1,
      page: 1,
      count: true,
      include: null,
      desired_keys: null,
      database_id: null,
    },
    { record_type: 'user', predicate: ['like', keypath('username'), 'x'] },
  ],
  'record:delete': [{ ids: ['note/none', 'note/no'], atomic: true, database_id: '_public' }],
}
/** What any action takes beside its own. */
const COMMON = { api_key: 'x', access_token: 'x', _user_id: 'x', action: 'x' }

let app: TestApp
let user: TestUser
beforeEach(async () => {
  app = await testApp({ document: EVERYTHING_CONFIGURED })
  user = await app.guest()
  await app.call('record:save', { records: [{ _id: 'note/1', title: 'x', n: 1 }] }, user)
})

const actions = endpoints.filter(({ isRoute }) => !isRoute)
const cases = actions.flatMap(({ name, access, input }) =>
  (access === 'user' || access === 'optional user' ? ['a user', 'the master key'] : ['a user']).map(
    (who) => ({ name, who, input }),
  ),
)

/** Sends each body; some of those that were refused are sent again, between two looks at the database. */
async function expectNothingStored(name: string, who: string, bodies: readonly string[]): Promise<void> {
  const as = who === 'a user' ? user : { key: app.masterKey }
  const refused: string[] = []
  for (const body of bodies) {
    const { status, text } = await app.call(name, body, as)
    try {
      if (isRefused(status, text)) refused.push(body)
    } catch (cause) {
      throw new Error(`${name} as ${who}: ${body.slice(0, 300)}\n${status} ${text.slice(0, 300)}`, { cause })
    }
  }
  const before = await snapshot(app)
  for (const body of refused.filter((_, i) => i % 5 === 0)) {
    const { status, text } = await app.call(name, body, as)
    expect(isRefused(status, text)).toBe(true)
  }
  expect(await snapshot(app)).toEqual(before)
}

describe.each(cases)('$name, asked by $who', ({ name, who, input }) => {
  const bases = LEGAL[name] ?? [{}]

  it('refuses or bears whatever stands in the place of a value, and stores nothing of what it refuses', async () => {
    const fields = Object.fromEntries(Object.keys(input.properties ?? {}).map((field) => [field, null]))
    const places = [...bases.flatMap(holes), ...holes(name in LEGAL ? COMMON : { ...fields, ...COMMON })]
    const bodies = places.flatMap(({ place, fill }, i) => {
      const isDeep = place.split('.').length > 3
      // What is huge costs its time: once in each field will do. What is deep shares the values with its neighbours.
      const values = isDeep ? BAD_VALUES.filter((_, n) => n % 3 === i % 3) : BAD_VALUES
      const huge = place.includes('.') ? [] : HUGE_VALUES
      // A type of its own for each, so that none finds the columns that another has made.
      return [...values, ...huge].map((value, n) => fill(value).replaceAll('fresh/', `${place}${n}/`))
    })
    await expectNothingStored(name, who, bodies)
  }, 60_000)

  it('refuses or bears members of any name, wherever there can be members', async () => {
    const bodies = bases.flatMap((base) =>
      BAD_NAMES.flatMap((member) =>
        membersAdded(base, member).map((body) => JSON.stringify(body).replaceAll('"⟦⟧', '"')),
      ),
    )
    await expectNothingStored(name, who, bodies)
  }, 60_000)
})

/** The body with one more member in one of its objects, for each of them. `⟦⟧` keeps `__proto__` an own name. */
function membersAdded(value: unknown, member: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([key, inner]) =>
    membersAdded(inner, member).map((changed) =>
      Array.isArray(value)
        ? value.map((item: unknown, i) => (String(i) === key ? changed : item))
        : { ...value, [key]: changed },
    ),
  )
  return Array.isArray(value) ? inside : [...inside, { ...value, [`⟦⟧${member}`]: 1 }]
}
