import { beforeEach, describe, expect, it } from 'vitest'
import { testApp, type TestApp, type TestUser } from '../support/app.ts'
import {
  BAD_NAMES,
  BAD_VALUES,
  EVERYTHING_CONFIGURED,
  HUGE_VALUES,
  holes,
  isRefused,
} from '../support/bad-input.ts'
import { endpoints, requestTo, shownTo, type Endpoint } from '../support/endpoints.ts'
import { LEGAL } from '../support/legal.ts'
import { storedFor } from '../support/snapshot.ts'

/** What any action takes beside its own, which is read before it is known which action it is. */
const COMMON = { api_key: 'x', access_token: 'x', _user_id: 'x', action: 'x' }

type Home = { readonly app: TestApp; readonly user: TestUser }
let home: Home
beforeEach(async () => {
  home = await newHome()
})
async function newHome(): Promise<Home> {
  const app = await testApp({ document: EVERYTHING_CONFIGURED })
  const user = await app.guest()
  await app.call('record:save', { records: [{ _id: 'note/1', title: 'x', n: 1 }] }, user)
  return { app, user }
}

type Who = 'a user' | 'the master key'
/** Who gets furthest: what is for whoever has a key may be for the master key alone. */
const ASKED_BY: Readonly<Record<Endpoint['access'], readonly Who[]>> = {
  anyone: ['a user'],
  key: ['the master key'],
  session: ['a user'],
  user: ['a user', 'the master key'],
  'expired user': ['a user', 'the master key'],
  'optional user': ['a user', 'the master key'],
  'valid user': ['a user', 'the master key'],
  'master key': ['the master key'],
}
const cases = endpoints
  .filter(({ takesJson }) => takesJson)
  .flatMap((endpoint) => ASKED_BY[endpoint.access].map((who) => ({ name: endpoint.name, who, endpoint })))
  .map((each, turn) => ({ ...each, turn }))

/** Refused bodies between two looks at the database, each of which costs as much as some of them. */
const BATCH = 64

/**
 * Sends each body to an app that has not met it, and looks at the database before and after as many as are refused one
 * after another: nothing may be there. What an accepted one stores would hide what its neighbours may have: those that
 * were refused since the look before, and the one after, are sent to another app, which has met neither.
 */
async function expectNothingStored(
  endpoint: Endpoint,
  who: Who,
  bodies: readonly string[],
  { app, user }: Home = home,
): Promise<void> {
  const look = () => storedFor(app, who === 'the master key')
  const unsettled: string[] = []
  let before = await look()
  let batch: string[] = []
  let hasAccepted = false
  const settle = async () => {
    const after = await look()
    expect(after, batch.join('\n').slice(0, 5000)).toEqual(before)
    batch = []
  }
  for (const body of bodies) {
    if (!(await refuses(endpoint, who, body, { app, user }))) {
      unsettled.push(...batch)
      batch = []
      hasAccepted = true
    } else if (hasAccepted) {
      unsettled.push(body)
      before = await look()
      hasAccepted = false
    } else if (batch.push(body) === BATCH) await settle()
  }
  if (!hasAccepted) await settle()
  if (unsettled.length > 0) await expectNothingStored(endpoint, who, unsettled, await newHome())
}

async function refuses(endpoint: Endpoint, who: Who, body: string, { app, user }: Home): Promise<boolean> {
  const shown = shownTo(
    endpoint,
    who === 'a user' ? { key: app.apiKey, token: user.token } : { key: app.masterKey },
  )
  const answer = await app.send(endpoint.path, requestTo(endpoint, shown, body))
  const text = await answer.text()
  try {
    return isRefused(answer.status, text)
  } catch (cause) {
    const said = `${answer.status} ${text.slice(0, 300)}`
    throw new Error(`${endpoint.name} as ${who}: ${body.slice(0, 300)}\n${said}`, { cause })
  }
}

/** Of what is shared by so many places, each gets its part. */
const SHARERS = 3

describe.each(cases)('$name, asked by $who', ({ name, who, endpoint, turn }) => {
  const bases = LEGAL[name] ?? [{}]

  it('refuses or bears whatever stands in the place of a value, and stores nothing of what it refuses', async () => {
    const fields = Object.fromEntries(
      Object.keys(endpoint.input.properties ?? {}).map((field) => [field, null]),
    )
    const places = [...bases.flatMap(holes), ...holes(name in LEGAL ? COMMON : { ...fields, ...COMMON })]
    const bodies = places.flatMap(({ place, fill }, i) => {
      // What is huge costs its time: once in each field will do. What is deep shares the values with its neighbours, what
      // all actions take with the other actions.
      const isShared = place in COMMON || place.split('.').length > 3
      const values = [...BAD_VALUES, ...(place.includes('.') ? [] : HUGE_VALUES)].filter(
        (_, n) => !isShared || n % SHARERS === (i + turn) % SHARERS,
      )
      // A type of its own for each, so that none finds the columns that another has made.
      return values.map((value, n) => fill(value).replaceAll('fresh/', `${place}${n}/`))
    })
    await expectNothingStored(endpoint, who, bodies)
  }, 120_000)

  it('refuses or bears members of any name, wherever there can be members', async () => {
    const bodies = bases.flatMap((base) =>
      BAD_NAMES.flatMap((member) =>
        membersAdded(base, member).map((body) => JSON.stringify(body).replaceAll('"⟦⟧', '"')),
      ),
    )
    await expectNothingStored(endpoint, who, bodies)
  }, 120_000)
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
