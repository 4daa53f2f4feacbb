import { describe, expect, it } from 'vitest'
import { compileQuery } from '../../src/gear/record/query/compile.ts'
import type { Condition, QueryPlan } from '../../src/gear/record/query/plan.ts'

const column = (name: string, type = 'string') => ({ kind: 'column', name, type }) as const
const value = (of: unknown, type = 'string') => ({ kind: 'value', type, value: of }) as const
const plan: QueryPlan = { type: 'note', condition: null, sorts: [], limit: null, offset: 0, counts: false }
const union = { userId: null, isMaster: true, databaseId: null }
const normal = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll(' )', ')').trim()

const compiled = (given: Partial<QueryPlan>, reader: Parameters<typeof compileQuery>[2] = union) => {
  const { text, values } = compileQuery('app_x', { ...plan, ...given }, reader)
  return { text: normal(text), values }
}
/** What the condition is compiled to, behind the reader's own. */
const condition = (given: Condition) => {
  const { text, values } = compiled({ condition: given })
  return [/ where true and (.*)\) as page\)/.exec(text)?.[1], ...values]
}

const title = column('title')

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
    expect(condition({ kind, left: title, right: value('a') })).toEqual([
      `(_row."title" ${operator} $1)`,
      'a',
    ])
  })

  const null_ = { kind: 'null', of: title } as const
  const yes = { kind: 'null', of: title, negated: true } as const
  it.each<[string, Condition, readonly unknown[]]>([
    ['is null', { ...null_, negated: false }, ['(_row."title" is null)']],
    ['is not null', yes, ['(_row."title" is not null)']],
    ['is true', { kind: 'constant', value: true }, ['true']],
    ['is false', { kind: 'constant', value: false }, ['false']],
    ['is unknown', { kind: 'constant', value: null }, ['(null::boolean)']],
    ['is not', { kind: 'not', of: yes }, ['(not (_row."title" is not null))']],
    [
      'is both',
      { kind: 'and', of: [yes, yes] },
      ['((_row."title" is not null) and (_row."title" is not null))'],
    ],
    [
      'is either',
      { kind: 'or', of: [yes, yes] },
      ['((_row."title" is not null) or (_row."title" is not null))'],
    ],
    ['is only', { kind: 'and', of: [yes] }, ['((_row."title" is not null))']],
  ])('%s', (_, given, sql) => expect(condition(given)).toEqual(sql))

  it.each([
    ['number', 1.5, '$1::double precision'],
    ['integer', 1, '$1::double precision'],
    ['sequence', 1, '$1::double precision'],
    ['boolean', true, '$1::boolean'],
    ['datetime', '2026-07-01T00:00:00', '$1::timestamp'],
    ['string', 'a', '$1'],
    ['ref(page)', 'a', '$1'],
  ])('gives a value of type %s %j as %s', (type, given, cast) => {
    const right = value(given, type)
    expect(condition({ kind: 'eq', left: column('c', type), right })).toEqual([`(_row."c" = ${cast})`, given])
  })

  it('compares places as places, and their difference leaves SQL’s unknown unknown', () => {
    const sides = { left: column('spot', 'location'), right: value('(1,2)', 'location') }
    const same = '(((_row."spot")[0] = ($1::point)[0] and (_row."spot")[1] = ($2::point)[1]))'
    expect(condition({ kind: 'eq', ...sides })).toEqual([same, '(1,2)', '(1,2)'])
    expect(condition({ kind: 'neq', ...sides })).toEqual([same.replace('(', '(not '), '(1,2)', '(1,2)'])
  })

  it('has one parameter for a list, however long, and unknown for an empty one', () => {
    const among = (values: readonly unknown[], type: string) =>
      condition({ kind: 'in', left: column('c', type), values, type })
    const many = Array.from({ length: 70_000 }, (_, i) => i)
    expect(among(many, 'number')).toEqual(['(_row."c" = any($1::double precision[]))', many])
    expect(among(['a', 'b'], 'string')).toEqual(['(_row."c" = any($1))', ['a', 'b']])
    expect(among([{ a: 1 }], 'json')).toEqual(['(_row."c" = any($1::jsonb[]))', ['{"a":1}']])
    expect(among([], 'string')).toEqual(['(null::boolean)'])
  })

  it('quotes a hostile column, and keeps a hostile value out of the text', () => {
    const hostile = `a" = 'x'; drop table "note"; --`
    expect(condition({ kind: 'eq', left: column(hostile), right: value(hostile) })).toEqual([
      `(_row."a"" = 'x'; drop table ""note""; --" = $1)`,
      hostile,
    ])
  })

  it('is compiled however deep the predicate may be', () => {
    const deep = Array.from({ length: 500 }).reduce<Condition>((of) => ({ kind: 'not', of }), yes)
    expect(condition(deep)[0]).toContain('(not '.repeat(500))
  })
})

describe('a query, as SQL', () => {
  const select = (rest: string) =>
    `select json_build_object('records', coalesce((select json_agg(page.record) from (select row_to_json(_row) as record from "app_x"."note" as _row where ${rest}) as page), '[]')) as page`

  it.each<[string, Partial<QueryPlan>, string, readonly unknown[]]>([
    ['of all', {}, 'true', []],
    ['of a page', { limit: 10, offset: 20 }, 'true limit $1 offset $2', [10, 20]],
    ['of no rows', { limit: 0 }, 'true limit $1', [0]],
    [
      'in an order',
      {
        sorts: [
          { column: 'n', order: 'desc' },
          { column: 'a"b', order: 'asc' },
        ],
      },
      'true order by _row."n" desc, _row."a""b" asc',
      [],
    ],
  ])('%s', (_, given, rest, values) => {
    expect(compiled(given)).toEqual({ text: select(rest), values })
  })

  it('counts by the same condition, page aside', () => {
    const counted = compiled({
      counts: true,
      limit: 1,
      condition: { kind: 'eq', left: title, right: value('a') },
    })
    expect(counted.text).toContain(
      ', \'count\', (select count(*)::int from "app_x"."note" as _row where true and (_row."title" = $3))',
    )
    expect(counted.values).toEqual(['a', 1, 'a'])
  })

  it('keeps to the reader’s database, and asks for access only in the public one', () => {
    const where = (userId: string | null, isMaster: boolean, databaseId: string | null) => {
      const { text, values } = compiled({}, { userId, isMaster, databaseId })
      return [/ where (.*)\) as page\)/.exec(text)?.[1], ...values]
    }
    expect(where(null, true, null)).toEqual(['true'])
    expect(where(null, true, '')).toEqual(['_row."_database_id" = $1', ''])
    expect(where('u', false, 'u')).toEqual(['_row."_database_id" = $1', 'u'])
    expect(where(null, false, '')[0]).toMatch(/^_row\."_database_id" = \$1 and \(_row\."_access" is null or /)
    expect(where('u', false, '')[0]).toContain('"_owner_id" = $2')
  })

  it('never lets a predicate reach around the reader’s access', () => {
    const anything: Condition = { kind: 'or', of: [{ kind: 'constant', value: true }] }
    const { text } = compiled({ condition: anything }, { userId: null, isMaster: false, databaseId: '' })
    expect(text).toMatch(/where _row\."_database_id" = \$1 and \(.*\) and \(true\)\) as page/)
  })
})
