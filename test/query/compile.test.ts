import { describe, expect, it } from 'vitest'
import { compileQuery } from '../../src/gear/record/query/compile.ts'
import { parseIncludes, parsePredicate, parseSorts } from '../../src/gear/record/query/parse.ts'
import { planQuery } from '../../src/gear/record/query/plan.ts'
import { readerValues, type Reader } from '../../src/gear/record/reader.ts'
import type { RecordType } from '../../src/core/record/types.ts'
import { allowing, type Rules } from './field-access.ts'

const hostile = `a" = 'x'; drop table "note"; --`
const types = new Map<string, RecordType>([
  [
    'note',
    {
      fingerprint: 'f',
      columns: {
        _id: 'string',
        title: 'string',
        n: 'number',
        i: 'integer',
        s: 'sequence',
        done: 'boolean',
        at: 'datetime',
        spot: 'location',
        shape: 'geometry',
        tags: 'json',
        cat: 'ref(category)',
        _owner_id: 'string',
        [hostile]: 'string',
      },
    },
  ],
  ['category', { fingerprint: 'f', columns: { name: 'string', parent: 'ref(category)' } }],
])
const key = (name: string) => ({ $type: 'keypath', $val: name })
const geo = { $type: 'geo', $lng: 1, $lat: 2 }
const away = ['func', 'distance', key('spot'), geo]
const normal = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll(' )', ')').trim()
const union: Reader = { userId: null, isMaster: true, databaseId: null }

type Asked = {
  readonly predicate?: readonly unknown[]
  readonly sort?: readonly unknown[]
  readonly include?: Readonly<Record<string, unknown>>
  readonly limit?: number
  readonly offset?: number
  readonly counts?: boolean
  readonly desiredKeys?: ReadonlySet<string>
}

function compiled(
  { predicate, sort = [], include = {}, ...asked }: Asked,
  reader = union,
  rules: Rules = {},
) {
  const parsed = predicate ? parsePredicate(predicate) : null
  const [sorts, includes] = [parseSorts(sort), parseIncludes(include)]
  if ((parsed && !parsed.ok) || !sorts.ok || !includes.ok) throw new Error('does not parse')
  const query = { type: 'note', limit: null, offset: 0, counts: false, desiredKeys: null, ...asked }
  const parts = { predicate: parsed?.value ?? null, sorts: sorts.value, includes: includes.value }
  const access = allowing(rules)
  const planned = planQuery({ ...query, ...parts }, types, access)
  if (!planned.ok) throw new Error(planned.error.message)
  const statement = compileQuery(planned.value.plan, reader, access)
  const { text, values } = statement('app_x', { ...readerValues(reader), ...planned.value.values })
  return { text: normal(text), values }
}
/** What the condition is compiled to, behind the reader's own, and its values. */
const condition = (predicate: readonly unknown[], rules: Rules = {}) => {
  const { text, values } = compiled({ predicate }, union, rules)
  return [/ where true and (.*) order by .*\) as "_row"\)\) as page$/.exec(text)?.[1], ...values]
}

const onEarth = (latitude: string, longitude = latitude) =>
  `ll_to_earth(round((${latitude})[1]::numeric, 9)::double precision, round((${longitude})[0]::numeric, 9)::double precision)`

describe('a condition, as SQL', () => {
  it.each([
    ['eq', '='],
    ['neq', '<>'],
    ['gt', '>'],
    ['gte', '>='],
    ['lt', '<'],
    ['lte', '<='],
    ['like', 'like'],
    ['ilike', 'ilike'],
  ] as const)('compares with %s as %s', (kind, operator) => {
    expect(condition([kind, key('title'), 'a'])).toEqual([`("_row"."title" ${operator} $1)`, 'a'])
  })

  const yes = ['neq', key('title'), null]
  it.each<[string, readonly unknown[], string]>([
    ['is null', ['eq', key('title'), null], '("_row"."title" is null)'],
    ['is not null', yes, '("_row"."title" is not null)'],
    ['is true', ['eq', null, null], 'true'],
    ['is false', ['neq', null, null], 'false'],
    ['is unknown', ['gt', key('title'), null], '(null::boolean)'],
    ['is unknown in an empty list', ['in', key('title'), []], '(null::boolean)'],
    ['is not', ['not', yes], '(not ("_row"."title" is not null))'],
    ['is both', ['and', yes, yes], '(("_row"."title" is not null) and ("_row"."title" is not null))'],
    ['is either', ['or', yes, yes], '(("_row"."title" is not null) or ("_row"."title" is not null))'],
    ['is only', ['and', yes], '(("_row"."title" is not null))'],
  ])('%s', (_, given, sql) => expect(condition(given)).toEqual([sql]))

  const date = { $type: 'date', $date: '2026-07-01T00:00:00Z' }
  it.each([
    ['n', 1.5, '$1::double precision', 1.5],
    ['i', 1, '$1::double precision', 1],
    ['s', 1, '$1::double precision', 1],
    ['done', true, '$1::boolean', true],
    ['at', date, '$1::timestamp', '2026-07-01T00:00:00'],
    ['title', 'a', '$1', 'a'],
    ['cat', 'a', '$1', 'a'],
  ])('gives a value beside %s as its type: %j', (name, given, cast, value) => {
    expect(condition(['eq', key(name), given])).toEqual([`("_row"."${name}" = ${cast})`, value])
  })

  it('compares places as places, and their difference leaves SQL’s unknown unknown', () => {
    const same = '((("_row"."spot")[0] = ($1::point)[0] and ("_row"."spot")[1] = ($2::point)[1])'
    expect(condition(['eq', key('spot'), geo])).toEqual([same.slice(1), '(1,2)', '(1,2)'])
    expect(condition(['neq', key('spot'), geo])).toEqual([`(not ${same.slice(1)})`, '(1,2)', '(1,2)'])
  })

  it('asks for a distance as earthdistance has it, and first by what an index can answer', () => {
    const place = onEarth('"_row"."spot"')
    const [text] = condition(['lt', away, 400])
    expect(text).toContain(`@> ${place} and earth_distance(${place}, `)
    expect(text).toMatch(
      /^\(earth_box\(ll_to_earth\(round\(\(\$1::point\)\[1\]::numeric, 9\).*<= \$\d+::double precision\)$/,
    )
    expect(condition(['gt', 400, away])[0]).toBe(text)
    expect(condition(['lte', away, 400])[0]).toMatch(/^\(earth_distance\(.*\) <= /)
  })

  it('has one parameter for a list, however long', () => {
    const many = Array.from({ length: 70_000 }, (_, i) => i)
    expect(condition(['in', key('n'), many])).toEqual(['("_row"."n" = any($1::double precision[]))', many])
    expect(condition(['in', key('title'), ['a', 'b']])).toEqual(['("_row"."title" = any($1))', ['a', 'b']])
    expect(condition(['in', key('tags'), [{ a: 1 }]])).toEqual([
      '("_row"."tags" = any($1::jsonb[]))',
      ['{"a":1}'],
    ])
  })

  it('looks for a text in a list that a field holds', () => {
    expect(condition(['in', 'war', key('tags')])).toEqual(['("_row"."tags"::jsonb ? $1::text)', 'war'])
    expect(condition(['in', key('title'), key('tags')])[0]).toBe(
      '("_row"."tags"::jsonb ? "_row"."title"::text)',
    )
  })

  it('takes a geometry of PostGIS for a place where it is a point, and for an area around one', () => {
    const [text] = condition(['lt', ['func', 'distance', key('shape'), geo], 1])
    expect(text).toContain(
      `case when geometrytype("_row"."shape") = 'POINT' then point(st_x("_row"."shape"), `,
    )
    expect(condition(['in', geo, key('shape')])[0]).toBe(
      'st_contains("_row"."shape", st_makepoint(($1::point)[0], ($2::point)[1]))',
    )
  })

  it('finds the users whom the reader follows, is followed by, or both', () => {
    const related = (direction: string) =>
      condition([
        'func',
        'userRelation',
        key('_owner'),
        { $type: 'relation', $name: '_follow', $direction: direction },
      ])
    const to = 'select _to.right_id from "app_x"."_follow" as _to where _to.left_id = $1'
    const from = (n: number) =>
      `select _from.left_id from "app_x"."_follow" as _from where _from.right_id = $${n}`
    expect(related('outward')[0]).toBe(`("_row"."_owner_id" in (${to}))`)
    expect(related('inward')[0]).toBe(`("_row"."_owner_id" in (${from(1)}))`)
    expect(related('mutual')[0]).toBe(`("_row"."_owner_id" in (${to} intersect ${from(2)}))`)
  })

  it('takes no pattern out of a field that Postgres would refuse', () => {
    const [text] = condition(['like', key('title'), key('cat')])
    expect(text).toMatch(
      /^\(case when "_row"\."cat" !~ '.*' then \("_row"\."title" like "_row"\."cat"\) end\)$/,
    )
  })

  it('is unknown where the row does not grant its reader the field', () => {
    expect(condition(['gt', key('title'), 'a'], { title: 'by row' })[0]).toBe(
      '(case when "_row"."_ok" then ("_row"."title" > $1) end)',
    )
    expect(condition(['not', ['eq', key('title'), null]], { title: 'by row' })[0]).toBe(
      '(not (case when "_row"."_ok" then ("_row"."title" is null) end))',
    )
  })

  it('quotes a hostile column, and keeps a hostile value out of the text', () => {
    expect(condition(['eq', key(hostile), hostile])).toEqual([
      `("_row"."a"" = 'x'; drop table ""note""; --" = $1)`,
      hostile,
    ])
  })

  it('is compiled however deep the predicate may be', () => {
    const deep = Array.from({ length: 498 }).reduce<readonly unknown[]>((of) => ['not', of], yes)
    expect(condition(deep)[0]).toContain('(not '.repeat(498))
  })
})

describe('a query, as SQL', () => {
  const select = (rest: string, record = 'row_to_json("_row")') =>
    `select json_build_object('records', array(select ${record} from (select "_row".* from "app_x"."note" as "_row" where ${rest}) as "_row")) as page`
  const asMade = 'order by "_row"."_created_at" asc, "_row"."_id" asc'

  it.each<[string, Asked, string, readonly unknown[]]>([
    ['of all, as they were made', {}, `true ${asMade}`, []],
    ['of a page', { limit: 10, offset: 20 }, `true ${asMade} limit $1 offset $2`, [10, 20]],
    [
      'in an order',
      {
        sort: [
          [key('n'), 'desc'],
          [key(hostile), 'asc'],
        ],
      },
      `true order by "_row"."n" desc, "_row"."a"" = 'x'; drop table ""note""; --" asc, "_row"."_id" asc`,
      [],
    ],
    [
      'the nearest first, as an index has them',
      { sort: [[away, 'asc']] },
      `true order by (${onEarth('"_row"."spot"')} <-> ${onEarth('$1::point', '$2::point')}) asc, "_row"."_id" asc`,
      ['(1,2)', '(1,2)'],
    ],
  ])('%s', (_, given, rest, values) => {
    expect(compiled(given)).toEqual({ text: select(rest), values })
  })

  it('counts what is on the page where that is all, and else what matches, page aside', () => {
    expect(compiled({ counts: true }).text).toContain(`, 'count', count(*)) as page`)
    const counted = compiled({ counts: true, limit: 1, predicate: ['eq', key('title'), 'a'] })
    expect(counted.text).toMatch(
      /^with _matching as .*, 'count', \(select count\(\*\) from _matching\)\) as page$/,
    )
    expect(counted.values).toEqual(['a', 1])
  })

  it('follows a reference to a record that the reader may read, or to nothing', () => {
    const anybody = { userId: null, isMaster: false, databaseId: '' }
    const { text } = compiled({ predicate: ['eq', key('cat.name'), 'a'] }, anybody)
    expect(text).toContain(
      'left join "app_x"."category" as "_j0" on "_j0"."_id" = "_row"."cat" and "_j0"."_database_id" = $1 and ("_j0"."_access" is null or ',
    )
    expect(text).toContain('and ("_j0"."name" = $')
    expect(compiled({ predicate: ['eq', key('cat.name'), 'a'] }, union, { cat: 'by row' }).text).toContain(
      'on "_j0"."_id" = "_row"."cat" and true and "_row"."_ok" where',
    )
    // A row that is not there has nothing to hide, and is as good as null.
    expect(compiled({ predicate: ['eq', key('cat.name'), 'a'] }, union, { name: 'by row' }).text).toContain(
      'case when ("_j0"."_id" is null or "_j0"."_ok") then ("_j0"."name" = $1) end',
    )
  })

  it('reads what is included for the page only, one record inside the other', () => {
    const { text } = compiled({ include: { a: key('cat.parent'), b: key('title'), c: away } })
    const parent = `(select row_to_json("_i2") from "app_x"."category" as "_i2" where "_i2"."_id" = "_i1"."parent" and true)`
    const cat = `(select ${parent} from "app_x"."category" as "_i1" where "_i1"."_id" = "_row"."cat" and true)`
    expect(text).toContain(`array(select json_build_array(row_to_json("_row"), ${cat}, null, earth_distance(`)
  })

  it('leaves out of a row what its reader may not read or did not ask for', () => {
    const { text } = compiled({ desiredKeys: new Set(['title', 'n']) }, union, { title: 'by row' })
    const title = `case when "_row"."_ok" then "_row"."title" end as "title"`
    expect(text).toContain(
      `(select row_to_json(_seen) from (select "_row"."_id", ${title}, "_row"."n", "_row"."_owner_id") as _seen)`,
    )
  })

  it('sorts a field that the row does not grant as null', () => {
    expect(compiled({ sort: [[key('title'), 'asc']] }, union, { title: 'by row' }).text).toContain(
      'order by (case when "_row"."_ok" then "_row"."title" end) asc',
    )
  })

  it('keeps to the reader’s database, and asks for access only in the public one', () => {
    const where = (userId: string | null, isMaster: boolean, databaseId: string | null) => {
      const { text, values } = compiled({}, { userId, isMaster, databaseId })
      return [/ where (.*) order by .*\) as "_row"\)\) as page$/.exec(text)?.[1], ...values]
    }
    expect(where(null, true, null)).toEqual(['true'])
    expect(where(null, true, '')).toEqual(['"_row"."_database_id" = $1', ''])
    expect(where('u', false, 'u')).toEqual(['"_row"."_database_id" = $1', 'u'])
    expect(where(null, false, '')[0]).toMatch(
      /^"_row"\."_database_id" = \$1 and \("_row"\."_access" is null or /,
    )
    expect(where('u', false, '')[0]).toContain('"_owner_id" = $2')
  })

  it('never lets a predicate reach around the reader’s access', () => {
    const predicate = ['or', ['eq', null, null]]
    const { text } = compiled({ predicate }, { userId: null, isMaster: false, databaseId: '' })
    expect(text).toMatch(/where "_row"\."_database_id" = \$1 and \(.*\) and \(true\) order by /)
  })
})
