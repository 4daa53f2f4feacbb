import type { Json, TestApp } from './app.ts'

/**
 * Every table and sequence of an app's schema, by name: its columns, the number of its rows, and a hash of them. But for
 * the audit trail, whose purpose is to note what was refused.
 */
export async function snapshot(app: TestApp): Promise<Json> {
  const tables = await app.sql(
    `select c.relname as name, string_agg(a.attname || ' ' || a.atttypid, ',' order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = $1 and c.relname !~ '^_auth_audit' and c.relkind in ('r', 'p', 'S') and a.attnum > 0 and not a.attisdropped
    group by c.relname`,
    [app.schema],
  )
  if (tables.length === 0) return {}
  const parts = tables.map(
    ({ name }, i) => `select ${i} as i, count(*)::int as rows, md5(coalesce(
      string_agg(t::text, '|' order by t::text), '')) as sum
      from (select * from ${app.table(String(name))}) as t`,
  )
  const sums = await app.sql(`${parts.join(' union all ')} order by i`)
  return Object.fromEntries(
    tables.map(({ name, columns }, i) => [name, [columns, sums[i]?.['rows'], sums[i]?.['sum']]]),
  )
}

/**
 * The same, but for whom the master key stands in for: they are there from then on, with an identity, whatever becomes of
 * the call (v1 protocol, section 2.1).
 */
export async function storedFor(app: TestApp, isMaster: boolean): Promise<Json> {
  const { _core_user, _auth_identity, ...others } = await snapshot(app)
  return isMaster ? others : { _core_user, _auth_identity, ...others }
}
