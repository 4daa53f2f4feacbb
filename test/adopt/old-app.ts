import { modules } from '../../migrations/bundle.ts'
import { adopt } from '../../src/adopt/adopt.ts'
import { PASSWORDS, skygearV1, V1_TABLES } from '../fixtures/skygear-v1.ts'
import { authOf, itemsOf, testApp, type Options, type TestApp } from '../support/app.ts'
import { connectedSession } from '../support/session.ts'

/** A schema of Skygear v1.7 with a session on its database. */
export type OldApp = {
  readonly schema: string
  readonly sql: (text: string) => Promise<readonly Record<string, unknown>[]>
  readonly check: () => ReturnType<typeof adopt>
  readonly apply: () => ReturnType<typeof adopt>
  /** Every row of v1's tables, as text. */
  readonly rows: () => Promise<Readonly<Record<string, readonly string[]>>>
  /** The app that serves it. */
  readonly open: (options?: Options) => ReturnType<typeof testApp>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** `after`: SQL that runs in the schema once the fixture is there. */
export async function oldApp(after = ''): Promise<OldApp> {
  const schema = `v1_${crypto.randomUUID().slice(0, 18)}`
  const client = await connectedSession()
  await client.query(skygearV1(schema))
  await client.query(`set search_path = "${schema}", public; ${after}`)
  const sql = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows
  return {
    schema,
    sql,
    check: () => adopt(client, schema, modules, { isApplied: false }),
    apply: () => adopt(client, schema, modules, { isApplied: true }),
    async rows() {
      const found: Record<string, readonly string[]> = {}
      for (const table of V1_TABLES) {
        const name = `"${schema}"."${table}"`
        const rows = await sql(`select row_to_json(t)::text as row from ${name} t order by 1`)
        found[table] = rows.map(({ row }) => String(row))
      }
      return found
    },
    open: (options = {}) =>
      testApp({
        ...options,
        document: { database_config: { database_schema: schema }, ...options.document },
      }),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** A schema that was adopted, and its app. */
export async function adopted(): Promise<OldApp & { readonly app: TestApp }> {
  const old = await oldApp()
  const applied = await old.apply()
  if (!applied.ok) throw new Error(applied.error)
  return { ...old, app: await old.open() }
}

export const logIn = async (app: TestApp, auth_data: object, password: string) =>
  app.call('auth:login', { auth_data, password })
export const asAna = async (app: TestApp) => ({
  token: authOf(await logIn(app, { username: 'ana' }, PASSWORDS['u-ana'])).access_token,
})
export const asBo = async (app: TestApp) => ({
  token: authOf(await logIn(app, { username: 'bo' }, PASSWORDS['u-bo'])).access_token,
})
export const keysOf = (answer: Parameters<typeof itemsOf>[0]) =>
  itemsOf(answer).map(({ _id }) => String(_id).split('/')[1])
