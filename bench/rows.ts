import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { PARSE_MASTER, type Parse } from './parse-server.ts'
import { post } from './peer.ts'
import type { Skygear } from './skygear.ts'

/** Of as many categories, the first half is everybody's to read; each row of the other half is of one role. */
export const CATEGORIES = 20
export const ROLES = 20
/** The day from which the rows are, in milliseconds, and how long. */
const FIRST_DAY = Date.UTC(2026, 0, 1)
const DAYS = 300
const DAY_MS = 86_400_000
/** Rows that refer to one topic. */
const ROWS_A_TOPIC = 10

/** A table of so many rows, with what its rows refer to, by the names that each system has for them. */
export type Table = ReturnType<typeof tableOf>
export const tableOf = (rows: number) => ({
  rows,
  topics: rows / ROWS_A_TOPIC,
  ours: { rows: `note_${rows}`, topics: `topic_${rows}` },
  theirs: { rows: `Note_${rows}`, topics: `Topic_${rows}` },
})

const md5 = (i: number): string => createHash('md5').update(String(i)).digest('hex')
/** Keys as each system's clients make them: a UUID, and ten letters and digits. They order the rows at random. */
export const ourKey = (i: number): string =>
  md5(i).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
export const theirKey = (i: number): string =>
  Buffer.from(md5(i), 'hex')
    .toString('base64')
    .replace(/[+/]/g, (sign) => (sign === '+' ? 'a' : 'b'))
    .slice(0, 10)
/** The same in SQL, of a number that is SQL. */
const theirKeySql = (i: string): string =>
  `left(translate(encode(decode(md5((${i})::text), 'hex'), 'base64'), '+/', 'ab'), 10)`

/** The fields of a row that is made by a request: of the same kinds, and from the same ranges, as those that are loaded. */
export const madeRow = ({ topics }: Table) => ({
  title: 'made',
  category: `category ${Math.floor(Math.random() * CATEGORIES)}`,
  done: Math.random() < 0.5,
  score: Math.floor(Math.random() * 10_000) / 100,
  at: new Date(FIRST_DAY + Math.floor(Math.random() * DAYS * DAY_MS)).toISOString(),
  lng: 114 + Math.random(),
  lat: 22 + Math.random(),
  topic: Math.floor(Math.random() * topics),
})

/** Row `i`, the same in both systems and in every run, as SQL. A city of a degree by a degree, evenly. */
const chance = (salt: number): string => `((hashint8extended(i, ${salt}) & 1048575) / 1048576.0)`
const FIELDS = {
  title: `'title ' || i`,
  category: `'category ' || i % ${CATEGORIES}`,
  done: `${chance(1)} < 0.5`,
  score: `floor(${chance(2)} * 10000) / 100`,
  at: `date_trunc('milliseconds', timestamp '2026-01-01' + ${chance(3)} * interval '${DAYS} days')`,
  place: `point(114 + ${chance(4)}, 22 + ${chance(5)})`,
} as const
const isRestricted = `i % ${CATEGORIES} >= ${CATEGORIES / 2}`
const role = `'role-' || floor(${chance(7)} * ${ROLES})`

/** Makes the types by each system's API and fills them by SQL; the indexes come last, and by API again. */
export async function fill(table: Table, skygear: Skygear, parse: Parse): Promise<void> {
  const { rows, topics, ours, theirs } = table
  const call = (action: string, body: object) => post(`${skygear.server.url}/${action}`, body, skygear.master)
  const column = (name: string, type: string) => ({ name, type })
  await call('schema/create', {
    record_types: {
      [ours.topics]: { fields: [column('name', 'string'), column('rank', 'number')] },
      [ours.rows]: {
        fields: [
          column('title', 'string'),
          column('category', 'string'),
          column('done', 'boolean'),
          column('score', 'number'),
          column('at', 'datetime'),
          column('place', 'location'),
          column('topic', `ref(${ours.topics})`),
        ],
      },
    },
  })
  const access = `jsonb_build_array(jsonb_build_object('level', 'read', 'role', ${role}), jsonb_build_object('level', 'write', 'role', ${role}))`
  const names = Object.keys(FIELDS).join(', ')
  const values = Object.values(FIELDS).join(', ')
  const ourReserved = `_id, _database_id, _owner_id, _access, _created_at, _created_by, _updated_at, _updated_by`
  await run(skygear.postgres.url, [
    // What rows refer to is there: it need not be looked up a million times.
    'set session_replication_role = replica',
    `insert into "${skygear.schema}"."${ours.topics}" (${ourReserved}, name, rank)
      select md5(i::text)::uuid, '', 'loader', null, now(), 'loader', now(), 'loader', 'topic ' || i, i
      from generate_series(0, ${topics - 1}) as i`,
    `insert into "${skygear.schema}"."${ours.rows}" (${ourReserved}, ${names}, topic)
      select md5(i::text)::uuid, '', 'loader', case when ${isRestricted} then ${access} end, now(), 'loader', now(), 'loader',
        ${values}, md5(floor(${chance(6)} * ${topics})::bigint::text)::uuid
      from generate_series(0, ${rows - 1}) as i`,
  ])
  await call('schema/index', { record_type: ours.rows, fields: ['category', 'at'] })

  const type = (name: string) => ({ type: name })
  await post(
    `${parse.url}/schemas/${theirs.topics}`,
    { className: theirs.topics, fields: { name: type('String'), rank: type('Number') } },
    PARSE_MASTER,
  )
  await post(
    `${parse.url}/schemas/${theirs.rows}`,
    {
      className: theirs.rows,
      fields: {
        title: type('String'),
        category: type('String'),
        done: type('Boolean'),
        score: type('Number'),
        at: type('Date'),
        place: type('GeoPoint'),
        topic: { type: 'Pointer', targetClass: theirs.topics },
      },
    },
    PARSE_MASTER,
  )
  const permitted = `case when ${isRestricted} then array['role:' || ${role}] end`
  await run(parse.databaseUrl, [
    `insert into "${theirs.topics}" ("objectId", "createdAt", "updatedAt", name, rank)
      select ${theirKeySql('i')}, now(), now(), 'topic ' || i, i from generate_series(0, ${topics - 1}) as i`,
    `insert into "${theirs.rows}" ("objectId", "createdAt", "updatedAt", "_rperm", "_wperm", ${names}, topic)
      select ${theirKeySql('i')}, now(), now(), ${permitted}, ${permitted}, ${values},
        ${theirKeySql(`floor(${chance(6)} * ${topics})::bigint`)}
      from generate_series(0, ${rows - 1}) as i`,
  ])
  await post(
    `${parse.url}/schemas/${theirs.rows}`,
    {
      _method: 'PUT',
      className: theirs.rows,
      indexes: { [`${theirs.rows}_category_at`]: { category: 1, at: 1 } },
    },
    PARSE_MASTER,
  )
  for (const url of [skygear.postgres.url, parse.databaseUrl])
    await run(url, ['vacuum analyze', 'checkpoint'])
}

/** Takes away what requests have made. */
export const removeMade = (databaseUrl: string, table: string): Promise<void> =>
  run(databaseUrl, [`delete from ${table} where title = 'made'`, `vacuum analyze ${table}`])

async function run(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const client = new Client(databaseUrl)
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}
