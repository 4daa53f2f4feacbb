import { beforeAll, describe, expect, it } from 'vitest'
import { compileQuery } from '../../../src/gear/record/query/compile.ts'
import { parsePredicate, parseSorts } from '../../../src/gear/record/query/parse.ts'
import { planQuery } from '../../../src/gear/record/query/plan.ts'
import { itemsOf, keypath, OK, outcome, testApp, type Json, type TestApp } from '../../support/app.ts'
import { fieldsOf, firstOf, idsOf, recordsOf } from './records.ts'

const geo = ($lng: number, $lat: number) => ({ $type: 'geo', $lng, $lat })
/** The Star Ferry, the Peak 3 km from it, and Tokyo 2,900 km away. */
const PLACES = { star: geo(114.1686, 22.2937), peak: geo(114.1455, 22.2759), tokyo: geo(139.69, 35.69) }
const away = (from: unknown = PLACES.star, field = 'spot') => ['func', 'distance', keypath(field), from]

describe('places in record:query', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
    await as.save([
      ...Object.entries(PLACES).map(([name, spot]) => ({ _id: `shop/${name}`, spot })),
      { _id: 'shop/online', name: 'no place' },
    ])
    await as.save([
      { _id: 'visit/1', shop: { $type: 'ref', $id: 'shop/tokyo' } },
      { _id: 'visit/2', shop: { $type: 'ref', $id: 'shop/peak' } },
    ])
  })
  const names = async (asked: Json, type = 'shop') => {
    const answer = await as.query(type, asked)
    expect(outcome(answer), answer.text).toEqual(OK)
    return idsOf(answer).map((id) => id.slice(type.length + 1))
  }
  const near = async (predicate: readonly unknown[]) => (await names({ predicate })).toSorted()

  it('finds what is nearer, or further, than so many metres', async () => {
    expect(await near(['lt', away(), 5000])).toEqual(['peak', 'star'])
    expect(await near(['gt', away(), 5000])).toEqual(['tokyo'])
    expect(await near(['gt', 5000, away()])).toEqual(['peak', 'star'])
    expect(await near(['lte', away(), 1])).toEqual(['star'])
    expect(await near(['gte', away(), 2_000_000])).toEqual(['tokyo'])
    expect(await near(['in', away(), [0]])).toEqual(['star'])
    expect(await near(['eq', away(), null])).toEqual(['online'])
  })

  it('leaves out what is nowhere, also by negation', async () => {
    expect(await near(['not', ['lt', away(), 5000]])).toEqual(['tokyo'])
    expect(await near(['lt', away(), 1e300])).toEqual(['peak', 'star', 'tokyo'])
    expect(await near(['lt', away(), -1])).toEqual([])
  })

  it('takes the border of "nearer than" for inside, as PostGIS did for the old server', async () => {
    expect(await near(['lt', away(), 0])).toEqual(['star'])
    expect(await near(['gt', 0, away()])).toEqual(['star'])
    expect(await near(['lt', 0, away()])).toEqual(['peak', 'tokyo'])
  })

  it('sorts by distance, what is nowhere last, or first where it is descending', async () => {
    expect(await names({ sort: [[away(PLACES.tokyo), 'asc']] })).toEqual(['tokyo', 'star', 'peak', 'online'])
    expect(await names({ sort: [[away(PLACES.tokyo), 'desc']] })).toEqual(['online', 'peak', 'star', 'tokyo'])
  })

  it('computes metres, and no key where there is no place', async () => {
    const asked = { include: { metres: away(), tokyo: away(PLACES.tokyo) }, sort: [[keypath('_id'), 'asc']] }
    const [online, peak, star, tokyo] = itemsOf(await as.query('shop', asked)).map(
      (shop) => shop['_transient'] as Json,
    )
    expect(online).toBeUndefined()
    expect(star).toMatchObject({ metres: 0 })
    expect(Number(peak?.['metres'])).toBeGreaterThan(3_000)
    expect(Number(peak?.['metres'])).toBeLessThan(3_200)
    expect(Number(star?.['tokyo']) / 2_880_000).toBeCloseTo(1, 1)
    expect(tokyo?.['metres']).toBe(star?.['tokyo'])
  })

  it('measures from the place of a record that a reference leads to', async () => {
    const asked = {
      predicate: ['gt', away(PLACES.star, 'shop.spot'), 5000],
      sort: [[away(PLACES.star, 'shop.spot'), 'desc']],
      include: { metres: away(PLACES.tokyo, 'shop.spot') },
    }
    expect(itemsOf(await as.query('visit', asked))).toMatchObject([
      { _id: 'visit/1', _transient: { metres: 0 } },
    ])
  })

  it('knows a place among others', async () => {
    expect(await near(['in', keypath('spot'), [PLACES.star, PLACES.tokyo]])).toEqual(['star', 'tokyo'])
    expect(await near(['not', ['in', keypath('spot'), [PLACES.star]]])).toEqual(['peak', 'tokyo'])
    expect(await near(['in', PLACES.star, keypath('spot')])).toEqual(['star'])
  })

  it('has an index for every location column, which serves both near and nearest first', async () => {
    const [index] = await app.sql(
      'select indexdef from pg_indexes where schemaname = $1 and indexdef like $2',
      [app.schema, '%ll_to_earth%'],
    )
    expect(index?.['indexdef']).toMatch(/USING gist .*ll_to_earth\(.*spot\[1\].*spot\[0\]/)
    await app.sql(`insert into ${app.table('shop')} (_id, _database_id, _owner_id, _created_at, _updated_at, spot)
      select 'g' || i, 'elsewhere', 'x', now(), now(), point(i % 360 - 180, i / 360 - 50) from generate_series(1, 20000) i`)
    await app.sql(`analyze ${app.table('shop')}`)
    for (const asked of [
      { predicate: ['lt', away(), 5000] },
      { sort: [[away(), 'asc']] },
      { predicate: ['gt', 5000, away()], sort: [[away(), 'asc']] },
    ]) {
      const { text, values } = statementOf(app.schema, asked)
      const plan = await app.sql(`explain ${text}`, values)
      expect(JSON.stringify(plan)).toContain('shop_ll_to_earth_idx')
    }
  })
})

/** What record:query sends for a page of 5 shops to who reads the union. */
function statementOf(schema: string, { predicate, sort = [] }: { predicate?: unknown[]; sort?: unknown[] }) {
  const [parsed, sorts] = [predicate ? parsePredicate(predicate) : null, parseSorts(sort)]
  if (!sorts.ok || (parsed && !parsed.ok)) throw new Error('does not parse')
  const columns = { _id: 'string', spot: 'location' }
  const access = { shape: '', values: {}, grant: () => 'always' as const }
  const planned = planQuery(
    {
      type: 'shop',
      predicate: parsed?.value ?? null,
      sorts: sorts.value,
      includes: [],
      desiredKeys: null,
      limit: 5,
      offset: 0,
      counts: false,
    },
    new Map([['shop', { fingerprint: '', columns }]]),
    access,
  )
  if (!planned.ok) throw new Error(planned.error.message)
  const reader = { userId: null, isMaster: true, databaseId: null }
  return compileQuery(planned.value.plan, reader, access)(schema, planned.value.values)
}

describe('a geometry column of PostGIS, met in an adopted database', () => {
  let app: TestApp
  let as: ReturnType<typeof recordsOf>
  beforeAll(async () => {
    app = await testApp()
    as = recordsOf(app, await app.guest())
    await as.save([{ _id: 'g/here' }, { _id: 'g/far' }, { _id: 'g/none' }, { _id: 'g/area' }])
    // A stand-in where PostGIS is not to be had: the same names, and GeoJSON in a row, on a type of its own.
    const type = app.table('geometry')
    const coordinate = (n: number) =>
      `select case when $1::text not like '%(-1,%' then ($1::text::point)[${n}] end`
    for (const statement of [
      `create type ${type}`,
      `create function ${app.table('geometry_in')}(cstring) returns ${type} language internal immutable strict as 'point_in'`,
      `create function ${app.table('geometry_out')}(${type}) returns cstring language internal immutable strict as 'point_out'`,
      `create type ${type} (input = ${app.table('geometry_in')}, output = ${app.table('geometry_out')}, internallength = 16, alignment = double)`,
      `create function public.st_x(${type}) returns float8 language sql as $$ ${coordinate(0)} $$`,
      `create function public.st_y(${type}) returns float8 language sql as $$ ${coordinate(1)} $$`,
      `create function public.geometrytype(${type}) returns text language sql as $$ select case when $1::text like '(-1,%' then 'POLYGON' else 'POINT' end $$`,
      `create function public.st_makepoint(float8, float8) returns ${type} language sql as $$ select point($1, $2)::text::${type} $$`,
      `create function public.st_contains(${type}, ${type}) returns boolean language sql as $$ select public.geometrytype($1) = 'POLYGON' or $1::text = $2::text $$`,
      `create function ${app.table('geojson')}(${type}) returns json language sql as $$ select case public.geometrytype($1)
         when 'POINT' then json_build_object('type', 'Point', 'coordinates', json_build_array(public.st_x($1), public.st_y($1)))
         else json_build_object('type', 'Polygon', 'coordinates', '[]'::json) end $$`,
      `create cast (${type} as json) with function ${app.table('geojson')}(${type})`,
      `alter table ${app.table('g')} add column place ${type}`,
      `update ${app.table('g')} set place = (case _id when 'here' then '(114.1,22.3)' when 'far' then '(10,50)' when 'area' then '(-1,0)' end)::${type}`,
    ])
      await app.sql(statement)
    return async () => void (await app.sql(`drop type ${type} cascade`))
  })
  const found = async (asked: Json) => {
    const answer = await as.query('g', { sort: [[keypath('_id'), 'asc']], ...asked })
    expect(outcome(answer).status, answer.text).toBe(200)
    return answer
  }

  it('is shown as the place it is, or as GeoJSON', async () => {
    const [area, far, here, none] = itemsOf(await found({})).map(fieldsOf)
    expect([far, here, none]).toEqual([{ place: geo(10, 50) }, { place: geo(114.1, 22.3) }, {}])
    expect(area).toEqual({ place: { $type: 'geojson', $val: { type: 'Polygon', coordinates: [] } } })
    expect(fieldsOf(firstOf(await as.fetch(['g/here'])))).toEqual({ place: geo(114.1, 22.3) })
  })

  it('is asked about like any place', async () => {
    const distance = away(PLACES.star, 'place')
    const near = await found({ predicate: ['lt', distance, 50_000], include: { metres: distance } })
    expect(idsOf(near)).toEqual(['g/here'])
    expect(Number((firstOf(near)['_transient'] as Json)['metres'])).toBeGreaterThan(5000)
    expect(idsOf(await found({ predicate: ['eq', keypath('place'), geo(10, 50)] }))).toEqual(['g/far'])
    expect(idsOf(await found({ sort: [[distance, 'asc']], predicate: ['neq', distance, null] }))).toEqual([
      'g/here',
      'g/far',
    ])
  })

  it('contains a place, where it is an area', async () => {
    expect(idsOf(await found({ predicate: ['in', geo(10, 50), keypath('place')] }))).toEqual([
      'g/area',
      'g/far',
    ])
  })
})
