import { sql } from 'drizzle-orm'
import { assetTables } from '../../../drizzle/asset.ts'
import { filesOf, isAssetRef } from '../../core/asset/name.ts'
import { ASSET_GRACE_SECONDS, ASSET_ORPHAN_SECONDS, SWEEP_ASSETS_MAX } from '../../core/limits.ts'
import type { Database, Files, SqlFault, StoredFile } from '../../core/ports.ts'
import { ok, type Result } from '../../core/result.ts'
import { inTenant, prepare, tenantTables } from '../../core/sql.ts'
import type { Tenant } from '../../core/tenant.ts'
import { variantsBehind } from './kept-variants.ts'
import { accessOf, isOurs } from './metadata.ts'

/** What a sweep did, in numbers of assets. */
export type Swept = {
  /** Announced, and there, but noted nowhere: noted. */
  readonly completed: number
  /** Announced, and not there a day later: the row is gone, unless a record refers to it. */
  readonly forgotten: number
  /** Bytes that this server stored and no row knows of, a week later: gone. */
  readonly removed: number
  /** Pictures that were made of an original that is gone, or another by now: gone. */
  readonly variants: number
  /** Bytes that somebody copied into the store: they have a row now. */
  readonly adopted: number
  /** Rows whose bytes are lost. Nothing is done about them: that is for a person to judge. */
  readonly missing: number
}

/**
 * Compares a stretch of an app's rows with the objects of the same names, both ways, and mends what differs once it is
 * old enough to be no upload on its way. The next sweep goes on where this one ended, and begins anew at the end.
 */
export async function sweepAssets(
  { tenant, db, files }: { readonly tenant: Tenant; readonly db: Database; readonly files: Files },
  now: Date,
  most = SWEEP_ASSETS_MAX,
): Promise<Result<Swept, SqlFault>> {
  const at = tenant.schema
  const looked = await db.transact([stretch(at, { most, grace: ASSET_GRACE_SECONDS })], { readOnly: true })
  if (!looked.ok) return looked
  const { reached, rows } = (looked.value[0]?.[0]?.['stretch'] ?? EMPTY) as Stretch
  const start = filesOf(tenant.appId)
  const page = await files.list(start, { after: start + reached, limit: most })
  const kept = await variantsBehind(files, tenant.appId, reached, most)
  const stored = page.files.map((file) => ({ ...file, name: file.key.slice(start.length) }))

  // All lists are whole up to the end of the one that ends first.
  const ends = [
    ...(rows.length === most ? [rows.at(-1)?.id ?? ''] : []),
    ...(page.more ? [stored.at(-1)?.name ?? ''] : []),
    ...(kept.end === undefined ? [] : [kept.end]),
  ].toSorted(byBytes)
  const end = ends[0]
  const isInside = (name: string) => end === undefined || byBytes(name, end) <= 0
  const known = new Map(rows.filter(({ id }) => isInside(id)).map((row) => [row.id, row]))
  const there = new Map(stored.filter(({ name }) => isInside(name)).map((file) => [file.name, file]))

  const without = [...known.values()].filter(({ id }) => !there.has(id))
  const silent = without.filter(({ pending, old }) => pending && old).map(({ id }) => id)
  const finished = [...there.values()].filter(({ name }) => {
    const row = known.get(name)
    return row?.pending === true && row.old
  })
  const isOlder = (file: StoredFile) => now.getTime() - file.storedAt.getTime() > ASSET_ORPHAN_SECONDS * 1000
  const strays = [...there.values()].filter((file) => !known.has(file.name) && isOlder(file))
  const orphans = strays.filter(isOurs)
  const gone = new Set(orphans.map(({ name }) => name))
  const stale = kept.variants.filter(
    ({ name, etag }) => isInside(name) && (gone.has(name) || there.get(name)?.etag !== etag),
  )
  const foreign = strays.filter((file) => !isOurs(file) && isAssetRef(file.name))

  const done = await db.transact([
    forgetSilent(at, { names: silent }),
    complete(at, { found: JSON.stringify(finished.map(({ name, size }) => ({ id: name, size }))) }),
    adopt(at, { found: JSON.stringify(foreign.map(rowOf)) }),
    clearReached(at),
    noteReached(at, { reached: end ?? '' }),
  ])
  if (!done.ok) return done
  await files.delete(orphans.map(({ key }) => key))
  await files.delete(stale.map(({ key }) => key))
  return ok({
    completed: finished.length,
    forgotten: Number(done.value[0]?.[0]?.['gone'] ?? 0),
    removed: orphans.length,
    variants: stale.length,
    adopted: foreign.length,
    missing: without.filter(({ pending }) => !pending).length,
  })
}

type Stretch = {
  readonly reached: string
  readonly rows: readonly { readonly id: string; readonly pending: boolean; readonly old: boolean }[]
}

const EMPTY: Stretch = { reached: '', rows: [] }

const { asset, sweep } = tenantTables(assetTables)

/** Compared and ordered by bytes, as an object store does it. */
const stretch = prepare(
  sql`select json_build_object('reached', at.reached, 'rows', (
      select coalesce(json_agg(page), '[]') from (
        select id, pending, created_at < timezone('utc', now()) - make_interval(secs => ${sql.placeholder('grace')}) as old
        from ${asset} where id ~>~ at.reached order by id using ~<~ limit ${sql.placeholder('most')}::bigint) as page)) as stretch
    from (select coalesce((select max(reached) from ${sweep}), '') as reached) as at`,
  'stretch',
)
const forgetSilent = prepare(
  sql`select ${inTenant('_asset_forget')}(${sql.placeholder('names')}::text[]) as gone`,
)
const complete = prepare(sql`
  update ${asset} as a set pending = false, size = f.size
  from jsonb_to_recordset(${sql.placeholder('found')}::jsonb) as f(id text, size bigint) where a.id = f.id`)
const adopt = prepare(sql`
  insert into ${asset} (id, content_type, size, access)
  select f.id, f.content_type, f.size, f.access
  from jsonb_to_recordset(${sql.placeholder('found')}::jsonb) as f(id text, content_type text, size bigint, access text)
  on conflict (id) do nothing`)
const clearReached = prepare(sql`delete from ${sweep}`)
const noteReached = prepare(sql`insert into ${sweep} (reached) values (${sql.placeholder('reached')})`)

const rowOf = (file: StoredFile & { readonly name: string }) => ({
  id: file.name,
  content_type: file.headers.contentType ?? 'application/octet-stream',
  size: file.size,
  access: accessOf(file),
})

/** The order of UTF-8's bytes, which is that of code points and not of JavaScript's units. */
function byBytes(a: string, b: string): number {
  const [as, bs] = [Array.from(a), Array.from(b)]
  for (let i = 0; i < as.length && i < bs.length; i++) {
    const difference = (as[i]?.codePointAt(0) ?? 0) - (bs[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return as.length - bs.length
}
