import type { Answer, Credentials, Json, TestApp } from '../../support/app.ts'

/** The schema actions as one caller uses them, in a few letters; with the master key where nobody is named. */
export const schemasOf = (app: TestApp, as: Credentials = { key: app.masterKey }) => ({
  create: (record_types: Json) => app.call('schema:create', { record_types }, as),
  rename: (record_type: string, item_name: string, new_name: string) =>
    app.call('schema:rename', { record_type, item_type: 'field', item_name, new_name }, as),
  remove: (record_type: string, item_name: string) =>
    app.call('schema:delete', { record_type, item_name }, as),
  fetch: () => app.call('schema:fetch', {}, as),
  creators: (type: string, ...create_roles: readonly string[]) =>
    app.call('schema:access', { type, create_roles }, as),
  byDefault: (type: string, default_access: unknown) =>
    app.call('schema:default_access', { type, default_access }, as),
  rules: () => app.call('schema:field_access:get', {}, as),
  setRules: (access: readonly Json[]) => app.call('schema:field_access:update', { access }, as),
  index: (record_type: string, fields: readonly string[], drop?: boolean) =>
    app.call('schema:index', { record_type, fields, ...(drop && { drop }) }, as),
})

/** A field access entry: `note.title` or `*.*`, a role, and what it allows: w(rite), r(ead), c(ompare), d(iscover). */
export function rule(path: string, user_role: string, letters: string): Json {
  const [record_type = '', record_field = ''] = path.split('.')
  return {
    record_type,
    record_field,
    user_role,
    writable: letters.includes('w'),
    readable: letters.includes('r'),
    comparable: letters.includes('c'),
    discoverable: letters.includes('d'),
  }
}

/** The types of an answer of a schema action, as {type: {field: type}}. */
export const typesOf = ({ json }: Answer): Json => {
  const { record_types = {} } = (json['result'] ?? {}) as {
    record_types?: Readonly<Record<string, { fields: readonly { name: string; type: string }[] }>>
  }
  return Object.fromEntries(
    Object.entries(record_types).map(([type, { fields }]) => [
      type,
      Object.fromEntries(fields.map((field) => [field.name, field.type])),
    ]),
  )
}
