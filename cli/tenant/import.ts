import { defineCommand } from 'citty'
import type { Imported } from '../../src/adopt/import-v2.ts'
import { readModules } from '../../src/migrate/files.ts'
import { connect } from '../database.ts'
import { sessionOf } from '../migrate/session.ts'
import { ownSchema, placeOf, type Place } from './sync-plan.ts'
import { layoutOf, readSource } from './sync-source.ts'
import { answer, common } from './target.ts'

export const importTenant = defineCommand({
  meta: {
    name: 'import',
    description:
      'Copies an app of a v2 cluster out of the schema that it shares with others, into app_NAME; sync then serves it',
  },
  args: {
    name: { type: 'positional', required: true, description: 'the app, as the config database names it' },
    'config-database': {
      type: 'string',
      required: true,
      valueHint: 'url',
      description: 'With schema app_config',
    },
    'dry-run': { type: 'boolean', description: 'Copies everything, then rolls it back' },
    json: common.json,
  },
  async run({ args: { name, 'config-database': configDatabase, 'dry-run': dryRun = false, json } }) {
    const { id, place } = await find(configDatabase, name)
    const schema = ownSchema(name)
    const imported = await copy(id, place, schema, dryRun)
    if (imported === null)
      return answer(json, { app: name, schema, already: true }, [
        `${schema} is there already: nothing was copied`,
      ])
    answer(json, { app: name, schema, dry_run: dryRun, ...imported }, linesOf(schema, imported, dryRun))
  },
})

async function find(configDatabase: string, name: string): Promise<{ id: string; place: Place }> {
  const client = await connect(configDatabase)
  try {
    const app = (await readSource(client)).apps.find((each) => each.name === name)
    if (!app) throw new Error(`the config database has no app ${name}`)
    const place = placeOf(app)
    if (!place) throw new Error(`the document of ${name} has no database_config.database_url`)
    return { id: app.id, place }
  } finally {
    await client.end()
  }
}

/** Null where it was imported before. */
async function copy(id: string, place: Place, schema: string, dryRun: boolean): Promise<Imported | null> {
  const client = await connect(place.database)
  try {
    if ((await layoutOf(client, schema)) === 'own') return null
    if ((await layoutOf(client, place.schema)) !== 'shared')
      throw new Error(`the schema ${place.schema} has no users of several apps: sync serves it as it is`)
    const { importApp } = await import('../../src/adopt/import-v2.ts')
    const from = { schema: place.schema, appId: id }
    const outcome = await importApp(sessionOf(client), from, schema, readModules(), { dryRun })
    if (!outcome.ok) throw new Error(outcome.error)
    return outcome.value
  } finally {
    await client.end()
  }
}

const linesOf = (schema: string, imported: Imported, dryRun: boolean): readonly string[] => [
  `${schema}: ${imported.users} users, ${imported.login_ids} login ids, ${imported.passwords} passwords, ${imported.accounts} accounts`,
  ...imported.refused_login_ids.map(
    ({ user_id, key, value, why }) =>
      `user ${user_id} cannot log in by ${key} ${JSON.stringify(value)}: it ${why}`,
  ),
  ...Object.entries(imported.left).map(
    ([table, rows]) =>
      `${rows} rows of ${table} stay where they are: no module of this release has a place for them`,
  ),
  ...(dryRun ? ['rolled back: this was a dry run'] : []),
]
