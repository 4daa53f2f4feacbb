import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { keypath, testApp, type Answer, type Json, type TestApp, type TestUser } from '../../support/app.ts'
import { idsOf, recordsOf } from './records.ts'
import { rule, schemasOf } from './schemas.ts'

const RUNS = 400
/** Two types of one app that are alike but for what the observer may not know; their names are equally long and in no text of ours. */
const TYPES = ['dataA', 'dataB'] as const
type Type = (typeof TYPES)[number]
const KEYS = ['1', '2', '3', '4', '5', '6']

/** Values of the hidden fields; each type gets others. */
const HIDDEN: Readonly<Record<string, (type: Type, i: number) => unknown>> = {
  secret: (type, i) => (type === 'dataA' ? 'ab'[i % 2] : 'bc'[i % 2]),
  amount: (type, i) => (type === 'dataA' ? i : 10 - i),
  list: (type, i) => (type === 'dataA' ? [i] : ['x']),
  when: (type, i) => ({ $type: 'date', $date: `20${type === 'dataA' ? 10 + i : 30 - i}-01-01T00:00:00Z` }),
  place: (type, i) => ({ $type: 'geo', $lng: type === 'dataA' ? i : -i, $lat: 1 }),
  link: (type, i) => ({ $type: 'ref', $id: `${type}/${type === 'dataA' ? '1' : KEYS[(i + 2) % 6]}` }),
  own: (type, i) => (type === 'dataA' ? 'a' : String(i)),
  named: (type, i) => (type === 'dataA' ? i % 2 === 0 : i % 3 === 0),
  essay: () => '',
  barred: (type, i) => (type === 'dataA' ? 'a' : `a${i}`),
  dropped: (type, i) => (type === 'dataA' ? 'ab'[i % 2] : 'x'),
  dropTo: (type, i) => ({ $type: 'ref', $id: `${type}/${type === 'dataA' ? KEYS[5 - i] : '2'}` }),
}
const hiddenFields = Object.keys(HIDDEN)

describe('an observer who may neither read, compare nor discover a field', () => {
  let app: TestApp
  let bob: TestUser
  beforeAll(async () => {
    app = await testApp()
    const ana = await app.guest()
    bob = await app.guest()
    for (const type of TYPES) {
      await recordsOf(app, ana).save(KEYS.map((key) => ({ _id: `${type}/${key}`, plain: 'x' })))
      await recordsOf(app, ana).save(
        KEYS.map((key, i) => ({
          _id: `${type}/${key}`,
          plain: ['a', 'b', 'c'][i % 3],
          n: i % 4,
          next: { $type: 'ref', $id: `${type}/${KEYS[(i + 1) % 6]}` },
          by: 'nobody',
          ...Object.fromEntries(hiddenFields.map((name) => [name, HIDDEN[name]?.(type, i)])),
        })),
      )
      await app.sql(`update ${app.table(type)} set _created_at = '2026-01-01', _updated_at = '2026-01-01'`)
      // A row that grows is moved to where there is room.
      for (const key of type === 'dataA' ? ['2', '1'] : ['5'])
        await app.sql(`update ${app.table(type)} set essay = repeat('x', 3000) where _id = $1`, [key])
    }
    const rules: Readonly<Record<string, readonly [role: string, letters: string]>> = {
      own: ['_owner', 'wrcd'],
      named: ['_field:by', 'wrcd'],
      barred: ['_public', ''],
      // May be written by anybody, who learns nothing by it.
      dropped: ['_any_user', 'w'],
      dropTo: ['_any_user', 'w'],
    }
    await schemasOf(app).setRules(
      TYPES.flatMap((type) =>
        hiddenFields.map((name) => rule(`${type}.${name}`, ...(rules[name] ?? ['_role:Insider', 'wrcd']))),
      ),
    )
    // What the rules have changed is met once more: from then on one round trip is enough.
    for (const type of TYPES)
      await recordsOf(app, bob).query(type, { include: { owner: keypath('_owner_id') } })
  })

  const field = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...hiddenFields) },
    fc.constantFrom('plain', 'n', 'next', '_id', '_owner_id', '_created_at', 'nothing'),
  )
  const path = fc.oneof(
    { weight: 3, arbitrary: field },
    fc
      .tuple(fc.constantFrom('next', 'link', 'dropTo', 'next.next', 'next.link'), field)
      .map((parts) => parts.join('.')),
  )
  const value = fc.oneof(
    fc.constantFrom<unknown>('a', 'b', 'x', 0, 1, 3, true, null),
    fc.constantFrom<unknown>(
      { $type: 'date', $date: '2012-01-01T00:00:00Z' },
      { $type: 'geo', $lng: 1, $lat: 1 },
    ),
    fc.constantFrom(...KEYS).map((key) => ({ $type: 'ref', $id: `dataA/${key}` })),
  )
  const distance = path.map((at) => ['func', 'distance', keypath(at), { $type: 'geo', $lng: 1, $lat: 1 }])
  const { predicate } = fc.letrec<{ predicate: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof(
      fc
        .tuple(fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'), path, value)
        .map(([op, at, given]) => [op, keypath(at), given]),
      fc.tuple(fc.constantFrom('like', 'ilike'), path).map(([op, at]) => [op, keypath(at), 'a%']),
      fc.tuple(path, fc.array(value, { maxLength: 2 })).map(([at, list]) => ['in', keypath(at), list]),
      fc.tuple(path, value).map(([at, given]) => ['in', given, keypath(at)]),
      distance.map((metres) => ['lt', metres, 200_000]),
    ),
    predicate: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      tie('leaf'),
      tie('predicate').map((one) => ['not', one]),
      fc
        .tuple(fc.constantFrom('and', 'or'), tie('predicate'), tie('predicate'))
        .map(([op, one, two]) => [op, one, two]),
    ),
  }))
  const query = fc
    .record(
      {
        predicate,
        sort: fc.array(
          fc
            .tuple(fc.oneof(path.map(keypath), distance), fc.constantFrom('asc', 'desc'))
            .map((pair) => [...pair]),
          { maxLength: 2 },
        ),
        include: fc.dictionary(fc.constantFrom('one', 'two'), fc.oneof(path.map(keypath), distance)),
        desired_keys: fc.array(field, { maxLength: 3 }),
        count: fc.boolean(),
        limit: fc.integer({ min: 0, max: 6 }),
        offset: fc.integer({ min: 0, max: 3 }),
      },
      { requiredKeys: [] },
    )
    .map((more) => ['record:query', { record_type: 'dataA', ...more }] as const)
  /** What a client sends that does not know the grammar, or tries its borders. */
  const { junk } = fc.letrec<{ junk: unknown }>((tie) => ({
    junk: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(
        path.map(keypath),
        value,
        fc.constantFrom<unknown>('eq', 'in', 'and', 'not', 'like', 'func', 'distance', 'userRelation', 'asc'),
        fc.constantFrom<unknown>(
          '',
          'a\\',
          -1,
          {},
          { $type: 'keypath' },
          { $type: 'relation', $name: '_friend' },
        ),
      ),
      fc.array(tie('junk'), { maxLength: 4 }),
      fc
        .tuple(fc.constantFrom('eq', 'in', 'and', 'not', 'like', 'func'), tie('junk'), tie('junk'))
        .map((parts) => [...parts]),
    ),
  }))
  const malformed = fc
    .record(
      {
        predicate: fc.oneof(
          junk,
          fc.tuple(fc.constantFrom('and', 'or'), predicate, junk).map((p) => [...p]),
        ),
        sort: fc.oneof(junk, fc.array(fc.tuple(junk, fc.constantFrom('asc', 'up')).map((pair) => [...pair]))),
        include: fc.oneof(junk, fc.dictionary(fc.constantFrom('one', '__proto__'), junk)),
        desired_keys: fc.oneof(junk, fc.array(fc.oneof(field, fc.string()), { maxLength: 3 })),
        count: fc.oneof(fc.constant(true), junk),
        limit: fc.oneof(fc.constant(2), junk),
        offset: junk,
      },
      { requiredKeys: [] },
    )
    .map((more) => ['record:query', { record_type: 'dataA', ...more }] as const)
  const id = fc.constantFrom(...KEYS, '7').map((key) => `dataA/${key}`)
  const fetch = fc
    .record(
      {
        ids: fc.array(id, { minLength: 1, maxLength: 3 }),
        desired_keys: fc.array(field, { maxLength: 3 }),
        include: fc.dictionary(fc.constantFrom('one', 'two'), path.map(keypath)),
      },
      { requiredKeys: ['ids'] },
    )
    .map((body) => ['record:fetch', body] as const)
  const save = fc
    .record({
      records: fc.array(
        fc
          .tuple(id, fc.dictionary(field, value, { maxKeys: 2 }))
          .map(([_id, fields]) => ({ ...fields, _id })),
        { minLength: 1, maxLength: 2 },
      ),
      atomic: fc.boolean(),
    })
    .map((body) => ['record:save', body] as const)
  const request = fc.oneof({ weight: 4, arbitrary: query }, { weight: 2, arbitrary: malformed }, fetch, {
    weight: 2,
    arbitrary: save,
  })

  /** The same request about either type, and what the answer is once the types’ names and times are as one. */
  const ask = async (type: Type, action: string, body: Json): Promise<Pick<Answer, 'status' | 'text'>> => {
    const sent = JSON.stringify(body).replaceAll('dataA', type)
    const answer: Answer = await app.call(action, sent, bob)
    const text = answer.text
      .replaceAll(type, 'dataA')
      .replaceAll(/("_(?:created|updated)_at"):"20[^"]+"/g, '$1:"then"')
    if (answer.status === 200 && action !== 'record:save') expect(answer.trips, text).toBe(1)
    return { status: answer.status, text }
  }

  it('sees rows in one order, wherever they lie', async () => {
    const lying = async (type: Type) =>
      (await app.sql(`select _id from ${app.table(type)}`)).map(({ _id }) => _id)
    expect(await lying('dataA')).not.toEqual(await lying('dataB'))
    for (const type of TYPES)
      expect(idsOf(await recordsOf(app, bob).query(type))).toEqual(KEYS.map((key) => `${type}/${key}`))
  })

  it(`gets the same answers whatever it holds, in ${RUNS} queries, well made and not, fetches and saves`, async () => {
    const statuses = new Set<unknown>()
    await fc.assert(
      fc.asyncProperty(request, async ([action, body]) => {
        const answer = await ask('dataA', action, body)
        expect(await ask('dataB', action, body)).toEqual(answer)
        statuses.add(`${action} ${answer.status}`)
      }),
      { numRuns: RUNS },
    )
    expect([...statuses], 'and not only refusals').toEqual(
      expect.arrayContaining([
        'record:query 200',
        'record:query 400',
        'record:query 403',
        'record:fetch 200',
        'record:save 200',
      ]),
    )
  })

  it('is told apart by who may: the types do differ', async () => {
    const secrets = async (type: Type) =>
      (
        await recordsOf(app, { key: app.masterKey }).query(type, { sort: [[keypath('_id'), 'asc']] })
      ).text.replaceAll(type, 'dataA')
    expect(await secrets('dataA')).not.toBe(await secrets('dataB'))
  })
})
