import { beforeAll, describe, expect, it } from 'vitest'
import {
  codesOf,
  itemsOf,
  keypath,
  OK,
  outcome,
  testApp,
  type Json,
  type TestApp,
} from '../../support/app.ts'
import { fieldsOf, firstOf, idsOf, recordsOf } from './records.ts'
import { rule, schemasOf, typesOf } from './schemas.ts'

const geo = ($lng: number, $lat: number) => ({ $type: 'geo', $lng, $lat })
const area = (x: number, size: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [x, 0],
      [x + size, 0],
      [x + size, size],
      [x, 0],
    ],
  ],
})
const geojson = ($val: Json) => ({ $type: 'geojson', $val })

/**
 * What stands in for PostGIS, which is not in the tests' Postgres: a type `geometry` that reads well-known text and no
 * other, and is GeoJSON in a row.
 */
async function installStandIn(app: TestApp): Promise<void> {
  const type = app.table('geometry')
  for (const statement of [
    `create type ${type}`,
    `create function ${app.table('geometry_read')}(cstring) returns ${type} language internal immutable strict as 'textin'`,
    `create function ${app.table('geometry_shown')}(${type}) returns cstring language internal immutable strict as 'textout'`,
    `create type ${type} (input = ${app.table('geometry_read')}, output = ${app.table('geometry_shown')}, internallength = variable, storage = extended)`,
    `create function ${app.table('geojson')}(${type}) returns json language sql as $$
       select json_build_object('type', initcap(split_part($1::text, '(', 1)), 'coordinates', case split_part($1::text, '(', 1)
         when 'POINT' then regexp_replace(substring($1::text from '\\((.*)\\)'), '([-0-9.e+]+) ([-0-9.e+]+)', '[\\1,\\2]', 'g')::json
         else translate(regexp_replace(substring($1::text from 'POLYGON(.*)'), '([-0-9.e+]+) ([-0-9.e+]+)', '[\\1,\\2]', 'g'), '()', '[]')::json end) $$`,
    `create cast (${type} as json) with function ${app.table('geojson')}(${type})`,
    `create function public.st_geomfromtext(text) returns text language sql as $$ select $1 $$`,
    `create function public.st_contains(${type}, text) returns boolean language sql as $$ select $1::text = $2 $$`,
  ])
    await app.sql(statement)
}

describe('a geometry, where there is PostGIS', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
    await installStandIn(app)
    // As Skygear v1 left it.
    await as.save({ _id: 'old/1', name: 'x' })
    await app.sql(`alter table ${app.table('old')} add column place ${app.table('geometry')}`)
    await as.query('old')
    return async () => {
      await app.sql(`drop type ${app.table('geometry')} cascade`)
      await app.sql('drop function public.st_geomfromtext(text)')
    }
  })
  const stored = async (id: string) => fieldsOf(firstOf(await as.fetch([id])))['place']

  it('is written into a column that was there, and comes back as GeoJSON, in one round trip', async () => {
    const saved = await as.save({ _id: 'old/area', place: geojson(area(10, 4)) })
    expect(outcome(saved)).toEqual(OK)
    expect(fieldsOf(firstOf(saved))).toEqual({ place: geojson(area(10, 4)) })
    expect(await stored('old/area')).toEqual(geojson(area(10, 4)))
  })

  it('is a place where a place was saved', async () => {
    const saved = await as.save([
      { _id: 'old/star', place: geo(114.1, -22.25) },
      { _id: 'old/same', name: 'only a name' },
    ])
    expect(codesOf(saved)).toEqual([null, null])
    expect(await stored('old/star')).toEqual(geo(114.1, -22.25))
    await as.save({ _id: 'old/star', place: geojson(area(1, 1)) })
    expect(await stored('old/star')).toEqual(geojson(area(1, 1)))
    await as.save({ _id: 'old/star', place: null })
    expect(await stored('old/star')).toBeUndefined()
  })

  it('makes a column of its own', async () => {
    const saved = await as.save({ _id: 'fresh/1', shape: geojson(area(1, 2)) })
    expect(fieldsOf(firstOf(saved))).toEqual({ shape: geojson(area(1, 2)) })
    expect(outcome(await as.save({ _id: 'fresh/2', shape: geo(1, 2) }))).toEqual(OK)
    expect(outcome(await as.save({ _id: 'fresh/3', shape: 'text' }))).toMatchObject({
      status: 409,
      code: 114,
    })
  })

  it('is asked for by its name, once and again, and called so in the schema', async () => {
    const asked = { plot: { fields: [{ name: 'shape', type: 'geometry' }] } }
    for (let time = 0; time < 2; time++) {
      const created = await schemasOf(app).create(asked)
      expect(outcome(created)).toEqual(OK)
      expect(typesOf(created)).toMatchObject({ plot: { shape: 'geometry' } })
    }
    expect(typesOf(await schemasOf(app).fetch())).toMatchObject({
      old: { name: 'string', place: 'geometry' },
    })
    const other = { plot: { fields: [{ name: 'shape', type: 'string' }] } }
    expect(outcome(await schemasOf(app).create(other))).toMatchObject({ status: 409, code: 114 })
  })

  it('is in the first record of a new type of a hundred clients at once', async () => {
    const user = await app.guest()
    const isolates = [recordsOf(app, user), recordsOf(app.reopen(), user)]
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (isolates[i % 2] ?? as).save({ _id: `rush/${i}`, shape: geojson(area(1, 2)) }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(answers.flatMap(codesOf).filter((code) => code !== null)).toEqual([])
  })

  it('may be written by whom the rules let', async () => {
    await as.save({ _id: 'ruled/1', shape: geojson(area(1, 2)) })
    await schemasOf(app).setRules([rule('ruled.shape', '_owner', 'wrcd')])
    const other = recordsOf(app, await app.guest())
    await other.save({ _id: 'ruled/1', shape: geojson(area(3, 4)) })
    expect(fieldsOf(firstOf(await as.fetch(['ruled/1'])))).toEqual({ shape: geojson(area(1, 2)) })
    await as.save({ _id: 'ruled/1', shape: geojson(area(5, 6)) })
    expect(fieldsOf(firstOf(await as.fetch(['ruled/1'])))).toEqual({ shape: geojson(area(5, 6)) })
    expect(fieldsOf(firstOf(await other.fetch(['ruled/1'])))).toEqual({})
    await schemasOf(app).setRules([])
  })

  it('is part of a profile', async () => {
    const profile = { realm: geojson(area(7, 1)) }
    for (let time = 0; time < 2; time++) {
      const answer = await app.call('auth:signup', { profile })
      expect(answer.json['result']).toMatchObject({ profile })
    }
    const there = await app.call('auth:signup', { profile: { realm: geo(3, 4) } })
    expect(there.json['result']).toMatchObject({ profile: { realm: geo(3, 4) } })
  })

  it('contains another one', async () => {
    await as.save({ _id: 'field/1', shape: geojson(area(1, 2)) })
    const asked = { predicate: ['in', geojson(area(1, 2)), keypath('shape')] }
    expect(idsOf(await as.query('field', asked))).toEqual(['field/1'])
  })

  it('is compared with nothing else: 120', async () => {
    for (const op of ['eq', 'gt', 'like'])
      expect(
        outcome(await as.query('old', { predicate: [op, keypath('place'), geojson(area(1, 2))] })),
      ).toMatchObject({
        code: 120,
      })
  })
})

describe('a geometry, where there is no PostGIS', () => {
  it('is refused with what is missing, and leaves no column behind: 114', async () => {
    const app = await testApp()
    const as = recordsOf(app, await app.guest())
    await as.save({ _id: 'park/1', name: 'x', spot: geo(1, 2) })
    const saved = await as.save({ _id: 'park/2', size: 1, shape: geojson(area(1, 2)) })
    expect(outcome(saved)).toMatchObject({ status: 409, code: 114 })
    expect(saved.text).toContain('park.shape is a geometry, and this database has no PostGIS')
    const created = await schemasOf(app).create({ park: { fields: [{ name: 'shape', type: 'geometry' }] } })
    expect(outcome(created)).toMatchObject({ status: 409, code: 114 })
    expect(itemsOf(await as.query('park')).map(fieldsOf)).toEqual([{ name: 'x', spot: geo(1, 2) }])
    expect(
      outcome(await as.save({ _id: 'park/1', spot: geojson(area(1, 2)) })),
      'nor in a location',
    ).toMatchObject({
      status: 409,
      code: 114,
    })
  })

  it('is no value where it is no geometry: item 108', async () => {
    const app = await testApp()
    const as = recordsOf(app, await app.guest())
    for (const $val of [null, 'POINT(1 2)', { type: 'Point', coordinates: [1] }])
      expect(codesOf(await as.save({ _id: 'park/1', shape: { $type: 'geojson', $val } }))).toEqual([108])
  })
})
