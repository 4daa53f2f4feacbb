import { Client } from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import type { Scope } from '../../src/core/gear.ts'
import type { Database, Row, Statement } from '../../src/core/ports.ts'
import { ok } from '../../src/core/result.ts'
import { quoteIdentifier } from '../../src/core/sql.ts'
import { query } from '../../src/gear/record/query/query.ts'
import { readModules } from '../../src/migrate/files.ts'
import { migrate } from '../../src/migrate/run.ts'
import { ASSETS, ROLES, USERS, type ModelQuery, type Viewer, type World } from './world.ts'

const schema = `model_${crypto.randomUUID()}`
export const client = new Client({ connectionString: inject('databaseUrl') })
beforeAll(async () => {
  await client.connect()
  const migrated = await migrate(client, schema, readModules())
  if (!migrated.ok) throw new Error(JSON.stringify(migrated))
  await client.query(`set search_path to ${quoteIdentifier(schema)}, public`)
  // References may lead nowhere here, as in a database that somebody has edited.
  await client.query(`set session_replication_role to replica`)
  await client.query('insert into _core_user (id) select unnest($1::text[])', [USERS])
  await client.query('insert into _role (id) select unnest($1::text[])', [ROLES])
  await client.query(
    `insert into _asset (id, content_type, size) select unnest($1::text[]), 'text/plain', 1`,
    [ASSETS],
  )
})
afterAll(async () => {
  await client.query(`drop schema ${quoteIdentifier(schema)} cascade`)
  await client.end()
})

/** What was asked of the database last. */
let last: Statement | undefined
const db: Database = {
  async transact(statements) {
    const rows: (readonly Row[])[] = []
    for (const { text, values } of statements) rows.push((await client.query<Row>(text, [...values])).rows)
    last = statements.at(-1)
    return ok(rows)
  },
}

/** Another one for each world, as an isolate remembers types by it: users are of every world, their rules are not. */
let databaseUrl = ''

/** Makes a world's tables, rows and rules; users and rules of another are gone. */
export async function build({ types, rules: ofAll, roles, follows }: World): Promise<void> {
  databaseUrl = crypto.randomUUID()
  await client.query(
    'delete from _auth_role; delete from _follow; delete from _record_field_access; delete from "user"',
  )
  const held = Object.entries(roles).flatMap(([user, names]) => names.map((role) => [user, role]))
  const pairs = (table: string, rows: readonly (readonly string[])[]) =>
    client.query(`insert into ${table} select p ->> 0, p ->> 1 from jsonb_array_elements($1::jsonb) p`, [
      JSON.stringify(rows),
    ])
  await pairs('_auth_role', held)
  await pairs('_follow', follows)
  const wanted = Object.fromEntries([...types.values()].map(({ name, fields }) => [name, fields]))
  await client.query('select _record_extend($1)', [wanted])
  const rulesOfAll = [ofAll, ...[...types.values()].map(({ rules }) => rules)].flat()
  await client.query(
    'insert into _record_field_access select * from jsonb_populate_recordset(null::_record_field_access, $1)',
    [JSON.stringify(rulesOfAll)],
  )
  for (const { name, rows } of types.values()) {
    const table = quoteIdentifier(name)
    const records = rows.map(({ id, database, owner, access, fields }) => ({
      ...Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, columnOf(value)])),
      _id: id,
      _database_id: database,
      _owner_id: owner,
      _access: access,
      _created_at: '2001-01-01',
      _updated_at: '2001-01-01',
    }))
    await client.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(records),
    ])
  }
}

export function columnOf(value: unknown): unknown {
  const { $date, $id, $name, $lng, $lat } = Object(value) as {
    $date?: string
    $id?: string
    $name?: string
    $lng?: number
    $lat?: number
  }
  return $date ?? $id?.split('/')[1] ?? $name ?? ($lng === undefined ? value : `(${$lng},${$lat})`)
}

const callerOf = ({ user, isMaster }: Viewer): Caller => ({
  key: isMaster ? 'master' : 'client',
  clientId: null,
  user: user === null ? null : { id: user, sessionId: null },
})

/** What the action answers to a viewer. */
export async function ask(asked: ModelQuery, viewer: Viewer) {
  const scope = {
    tenant: { databaseUrl, schema, assetSecret: '' },
    caller: callerOf(viewer),
    db,
    now: new Date(0),
    baseUrl: '',
    digests: { hmac: () => '' },
  } as Pick<Scope, 'caller' | 'db'> as Scope
  const answer = await query.run({ ...asked, database_id: viewer.database ?? '_union' }, scope)
  return answer.ok
    ? { records: answer.value.result as readonly unknown[], count: answer.value.info?.['count'] }
    : { failure: answer.error }
}

/** The nodes of Postgres' plan for what the action asks for a viewer, after it has been carried out. */
export async function planOf(asked: ModelQuery, viewer: Viewer): Promise<readonly PlanNode[]> {
  await ask(asked, viewer)
  const { text = '', values = [] } = last ?? {}
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, format json) ${text}`,
    [...values],
  )
  const nodesOf = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => nodesOf(Plan)))
}
/** PostgreSQL manual, section 14.1. */
export type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows'?: number
  readonly Plans?: readonly PlanNode[]
}
