import { describe, expect, it } from 'vitest'
import { parseIncludes } from '../../src/gear/record/query/parse.ts'
import { planQuery } from '../../src/gear/record/query/plan.ts'
import { allowing, type Rules } from './field-access.ts'
import { asked, column, geo, key, plan, types, value } from './plan.fixture.ts'

describe('a key path through references', () => {
  const name = { kind: 'column', row: '_j0', of: 'category', name: 'name', type: 'string', mode: null }
  const planOf = (predicate: readonly unknown[], sort: readonly unknown[] = [], rules: Rules = {}) => {
    const outcome = plan(predicate, sort, rules)
    if (!outcome.ok) throw new Error(outcome.error.message)
    return outcome.value.plan
  }

  it('ends at a field of the record it leads to', () => {
    const { joins, condition } = planOf(['eq', key('cat.name'), 'a'])
    expect(joins).toEqual([{ row: '_j0', by: column('cat'), type: 'category' }])
    expect(condition).toEqual({ kind: 'eq', left: name, right: value('string') })
  })

  it('follows several references, and the owner as one to a user', () => {
    expect(planOf(['eq', key('cat.parent.name'), 'a']).joins).toMatchObject([
      { row: '_j0', by: { row: '_row', name: 'cat' }, type: 'category' },
      { row: '_j1', by: { row: '_j0', name: 'parent' }, type: 'category' },
    ])
    expect(planOf(['eq', key('_owner.username'), 'a']).joins).toMatchObject([{ type: 'user' }])
    expect(planOf(['eq', key('cat._owner.username'), 'a']).joins).toMatchObject([
      { type: 'category' },
      { by: { row: '_j0', name: '_owner_id' }, type: 'user' },
    ])
  })

  it('is followed once, however often it is named', () => {
    const names = ['or', ['eq', key('cat.name'), 'a'], ['gt', key('cat.name'), 'b']]
    expect(planOf(names, [[key('cat.name'), 'asc']]).joins).toHaveLength(1)
  })

  it('says of a row that grants a field to some only what it is to be granted for', () => {
    const { condition, joins } = planOf(['eq', key('cat.name'), 'a'], [], { name: 'by row', cat: 'by row' })
    expect(condition).toMatchObject({ left: { name: 'name', mode: 'discover' } })
    expect(joins).toMatchObject([{ by: { name: 'cat', mode: 'discover' } }])
  })
})

describe('a field that may be discovered and not compared', () => {
  const title = key('title')
  it.each([
    ['eq', ['eq', title, 'a']],
    ['in', ['in', title, ['a']]],
    ['and of these', ['and', ['eq', title, 'a'], ['and', ['in', title, ['a']]]]],
    ['and, whatever is beside it', ['and', ['eq', title, 'a'], ['or', ['gt', key('n'), 1]]]],
  ])('may be asked about by %s', (_, predicate) => {
    expect(plan(predicate, [], { title: 'discover' }).ok).toBe(true)
  })

  it.each([
    ['neq', ['neq', title, 'a']],
    ['gt', ['gt', title, 'a']],
    ['like', ['like', title, 'a%']],
    ['or', ['or', ['eq', title, 'a']]],
    ['not', ['not', ['eq', title, 'a']]],
    ['and of not', ['and', ['not', ['eq', title, 'a']]]],
  ])('may not be asked about by %s: 124', (_, predicate) => {
    expect(plan(predicate, [], { title: 'discover' })).toMatchObject({ error: { name: 'RecordQueryDenied' } })
  })

  it('may not be sorted by: 124', () => {
    expect(plan(null, [[title, 'asc']], { title: 'discover' })).toMatchObject({
      error: { name: 'RecordQueryDenied' },
    })
  })
})

describe('what a query includes', () => {
  const include = (wire: Readonly<Record<string, unknown>>, rules: Rules = {}) => {
    const includes = parseIncludes(wire)
    if (!includes.ok) throw new Error('does not parse')
    const outcome = planQuery({ ...asked, includes: includes.value }, types, allowing(rules))
    return outcome.ok ? outcome.value.plan.includes : outcome.error.name
  }

  it('is the record behind one reference or several, or nothing where there is no reference', () => {
    expect(include({ a: key('cat'), b: key('cat.parent'), c: key('_owner'), d: key('title') })).toMatchObject(
      [
        { kind: 'record', type: 'category', hops: [{ name: 'cat' }] },
        { kind: 'record', type: 'category', hops: [{ name: 'cat' }, { name: 'parent', row: '_i1' }] },
        { kind: 'record', type: 'user', hops: [{ name: '_owner_id' }] },
        { kind: 'nothing' },
      ],
    )
  })

  it('has no field that its reader may not read, and is refused where the way itself is hidden: 124', () => {
    expect(include({ a: key('cat') }, { name: 'never' })).toMatchObject([
      { fields: { all: ['parent', '_owner_id'], granted: [] } },
    ])
    expect(include({ a: key('cat') }, { cat: 'compare' })).toBe('RecordQueryDenied')
    expect(include({ a: ['func', 'distance', key('spot'), geo] }, { spot: 'never' })).toBe(
      'RecordQueryDenied',
    )
  })

  it.each(['nope', 'title.name', 'cat.nope'])('is not %s: 120', (path) => {
    expect(include({ a: key(path) })).toBe('RecordQueryInvalid')
  })
})

describe('desired keys', () => {
  const desire = (desiredKeys: readonly string[], rules: Rules = {}) => {
    const outcome = planQuery({ ...asked, desiredKeys: new Set(desiredKeys) }, types, allowing(rules))
    return outcome.ok ? outcome.value.plan.fields?.all : outcome.error.name
  }
  const reserved = ['_id', '_owner_id', '_access', '_created_at']

  it('are the fields that records come with, beside the reserved ones', () => {
    expect(desire(['title', 'n'])).toEqual([...reserved, 'title', 'n'])
    expect(desire([])).toEqual(reserved)
    expect(desire(['title', 'n'], { title: 'never' })).toEqual([...reserved, 'n'])
  })

  it('that the type does not have are refused: 108', () => {
    expect(desire(['nope'])).toBe('InvalidArgument')
    expect(desire(['constructor'])).toBe('InvalidArgument')
  })
})
