import { sql } from 'drizzle-orm'
import { assetTables } from '../../../drizzle/asset.ts'
import type { AssetAccess } from '../../core/asset/url.ts'
import type { Row } from '../../core/ports.ts'
import { prepare, tenantTables } from '../../core/sql.ts'

const { asset } = tenantTables(assetTables)
const name = sql`${sql.placeholder('name')}`
const contentType = sql`${sql.placeholder('contentType')}`
const size = sql`${sql.placeholder('size')}`
const access = sql`${sql.placeholder('access')}`

/** An asset that is to come: its row is there before its bytes are. */
export const announce = prepare(sql`
  insert into ${asset} (id, content_type, size, access, pending)
  values (${name}, ${contentType}, ${size}::bigint, ${access}, true)`)

/** An asset that is there. Of one that was announced, the type stays what was said then (v1 protocol, section 8.3). */
export const arrived = prepare(sql`
  insert into ${asset} as _there (id, content_type, size, access)
  values (${name}, ${contentType}, ${size}::bigint, ${access})
  on conflict (id) do update set size = excluded.size, pending = false
  returning id`)
/** The bytes of one that was announced, and of no other: nothing is answered where its row is gone. */
export const fulfilled = prepare(sql`
  update ${asset} set size = ${size}::bigint, pending = false where id = ${name} and pending returning id`)

export const forget = prepare(sql`delete from ${asset} where id = ${name}`)

export type AssetRow = {
  readonly content_type: string
  readonly access: AssetAccess
  readonly pending: boolean
}
export const find = prepare(
  sql`select json_agg(json_build_object('content_type', content_type, 'access', access, 'pending', pending)) as found
    from ${asset} where id = ${name}`,
  'found',
)
export const foundIn = (rows: readonly Row[] | undefined): AssetRow | null =>
  (rows?.[0]?.['found'] as readonly AssetRow[] | null | undefined)?.[0] ?? null
