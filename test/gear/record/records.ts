import type { Answer, Credentials, Json, TestApp } from '../../support/app.ts'
import { itemsOf } from '../../support/app.ts'

/** The record actions as one user calls them, in a few letters. */
export const recordsOf = (app: TestApp, as: Credentials = {}) => ({
  save: (records: Json | readonly Json[], more: Json = {}) =>
    app.call('record:save', { records: Array.isArray(records) ? records : [records], ...more }, as),
  fetch: (ids: readonly string[], more: Json = {}) => app.call('record:fetch', { ids, ...more }, as),
  query: (record_type: string, more: Json = {}) => app.call('record:query', { record_type, ...more }, as),
  remove: (ids: readonly string[], more: Json = {}) => app.call('record:delete', { ids, ...more }, as),
})

/** A record's own fields: what is left without the reserved ones. */
export const fieldsOf = (record: Json | undefined): Json =>
  Object.fromEntries(Object.entries(record ?? {}).filter(([name]) => !name.startsWith('_')))

export const firstOf = (answer: Answer): Json => itemsOf(answer)[0] ?? {}

export const idsOf = (answer: Answer) => itemsOf(answer).map(({ _id }) => String(_id))

/** The columns of a table and their Postgres types, in the order of information_schema's names. */
export async function columnTypes(app: TestApp, table: string): Promise<Json> {
  const rows = await app.sql(
    'select column_name, data_type from information_schema.columns where table_schema = $1 and table_name = $2',
    [app.schema, table],
  )
  return Object.fromEntries(rows.map((row) => [String(row['column_name']), row['data_type']]))
}

/** A refused item, as far as a test states it. */
export const refused = (code: number, args?: readonly string[]): Json => ({
  _type: 'error',
  code,
  ...(args && { info: { arguments: args } }),
})
