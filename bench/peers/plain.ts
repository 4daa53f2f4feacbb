import { neon, neonConfig } from '@neondatabase/serverless'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/neon-http'
import { doublePrecision, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { Hono } from 'hono'

type Bindings = { readonly DATABASE_URL: string; readonly NEON_LOCAL_ENDPOINT: string }

const note = pgTable('bench_note', {
  id: text().primaryKey(),
  title: text().notNull(),
  n: doublePrecision().notNull(),
  createdAt: timestamp('created_at').notNull().defaultNow(),
})

/** What one writes by hand for one app: no tenants, no users, no access control, a fixed table. */
const app = new Hono<{ Bindings: Bindings }>()

let opened: ReturnType<typeof open> | undefined
function open(env: Bindings) {
  neonConfig.fetchEndpoint = `http://${env.NEON_LOCAL_ENDPOINT}/sql`
  return drizzle(neon(env.DATABASE_URL))
}

app.post('/setup', async (c) => {
  opened ??= open(c.env)
  await opened.execute(sql`create table if not exists bench_note
    (id text primary key, title text not null, n double precision not null, created_at timestamp not null default now())`)
  return c.json({})
})

app.post('/save', async (c) => {
  opened ??= open(c.env)
  const body = await c.req.json<{ id: string; title: string; n: number }>()
  return c.json(await opened.insert(note).values(body).returning())
})

app.post('/query', async (c) => {
  opened ??= open(c.env)
  const { title } = await c.req.json<{ title: string }>()
  return c.json(await opened.select().from(note).where(eq(note.title, title)).limit(20))
})

export default app
