import { sql } from 'drizzle-orm'
import { bigint, boolean, index, pgTable, text, timestamp, type PgTableFn } from 'drizzle-orm/pg-core'

/** The asset module's tables: what is known of files whose bytes are kept elsewhere. */
export const assetTables = <S extends string | undefined>(table: PgTableFn<S>) => {
  const asset = table(
    '_asset',
    {
      name: text('id').primaryKey(),
      contentType: text('content_type').notNull(),
      size: bigint({ mode: 'number' }).notNull(),
      access: text()
        .notNull()
        .default(sql`'private'`),
      pending: boolean().notNull().default(false),
      createdAt: timestamp('created_at', { mode: 'string' })
        .notNull()
        .default(sql`timezone('utc', now())`),
    },
    (t) => [index('_asset_id_bytes').on(t.name.op('text_pattern_ops'))],
  )
  const sweep = table('_asset_sweep', { reached: text().notNull() })
  return { asset, sweep }
}

export const { asset, sweep } = assetTables(pgTable)
