import type { Scope } from '../src/core/gear.ts'
import { ok } from '../src/core/result.ts'
import { query } from '../src/gear/record/query/query.ts'
import { questionsOf } from './questions.ts'
import type { Table } from './rows.ts'

/** More types than statements are kept (STATEMENT_SHAPES_CHARS_MAX), so that none is left when its turn comes again. */
const TYPES = 5000
const ROUNDS = 2

/**
 * Processor µs of a query's way from its body to its statement: parsed, planned, and compiled or found compiled. In this
 * process, of the action itself, with a database that answers at once.
 */
export async function queryCosts(table: Table) {
  const scope = scopeOf(table)
  const costs = []
  for (const [name, { ours }] of Object.entries(questionsOf(table))) {
    if (ours.action !== 'record/query') continue
    const ask = async (type: (i: number) => string) => {
      for (let i = 0; i < TYPES; i++) await query.run({ ...ours.body(i), record_type: type(i) }, scope)
    }
    const perQuery = async (type: (i: number) => string) => {
      // Warms up, and tells the types.
      for (let round = 0; round < ROUNDS; round++) await ask(type)
      const before = process.cpuUsage()
      for (let round = 0; round < ROUNDS; round++) await ask(type)
      const { user, system } = process.cpuUsage(before)
      return Number(((user + system) / (ROUNDS * TYPES)).toFixed(1))
    }
    costs.push({
      query: name,
      'µs, compiled before': await perQuery(() => table.ours.rows),
      'µs, new to the isolate': await perQuery((i) => `type_${i}`),
    })
  }
  return costs
}

/** The part of a scope that a query needs: a database that tells of the types and finds no records. */
function scopeOf(table: Table): Scope {
  const db: Scope['db'] = {
    transact: ([statement]) => {
      const asksForTypes = statement?.text.includes('_record_describe')
      const type = statement?.values[0]
      const rows = asksForTypes
        ? [type, table.ours.topics].map((each) => ({ type: each, described }))
        : [{ page: { records: [] } }]
      return Promise.resolve(ok([rows]))
    },
  }
  const columns = {
    ...Object.fromEntries(['_id', '_database_id', '_owner_id'].map((name) => [name, 'string'])),
    _access: 'json',
    title: 'string',
    category: 'string',
    done: 'boolean',
    score: 'number',
    at: 'datetime',
    place: 'location',
    topic: `ref(${table.ours.topics})`,
  }
  const described = { fingerprint: '1', columns }
  const scope: Pick<Scope, 'caller' | 'db'> & {
    readonly tenant: Pick<Scope['tenant'], 'databaseUrl' | 'schema'>
  } = {
    tenant: { databaseUrl: '', schema: 'app_bench' },
    caller: { key: 'client', clientId: null, user: { id: 'ana', sessionId: 'one' } },
    db,
  }
  // A query touches nothing else.
  return scope as Scope
}
