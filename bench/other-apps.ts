import { Client } from 'pg'
import { readModules } from '../src/migrate/files.ts'
import { freshStatements } from '../src/migrate/fresh.ts'

const ROWS = 10
/** A session that has met many schemas takes ever longer for the next (cli/migrate/all/run.ts). */
const SESSION_APPS_MAX = 25

/** Makes so many other apps' schemas in the database, as the Worker makes a new app's, each with a small record table. */
export async function makeOtherApps(databaseUrl: string, count: number): Promise<void> {
  const modules = readModules()
  let client = new Client(databaseUrl)
  await client.connect()
  for (let i = 0; i < count; i++) {
    if (i % SESSION_APPS_MAX === SESSION_APPS_MAX - 1) {
      await client.end()
      client = new Client(databaseUrl)
      await client.connect()
    }
    const schema = `app_other_${i}`
    const statements = [
      ...(await freshStatements(schema, modules)),
      `select ${schema}._record_extend('{"note": {"title": "string", "n": "number", "place": "location"}}')`,
      `insert into ${schema}.note (_id, _database_id, _owner_id, _created_at, _updated_at, title, n)
        select i, '', 'loader', now(), now(), 'title ' || i, i from generate_series(1, ${ROWS}) as i`,
    ]
    await client.query(`begin; ${statements.join('; ')}; commit`)
  }
  await client.end()
}
