import { defineCommand } from 'citty'
import { CONTROLLER, CONTROLLER_SCHEMA } from '../src/migrate/order.ts'
import { runCli, UsageError } from './command-line.ts'
import { connect } from './database.ts'
import { dataDir, runningDev } from './dev/state.ts'
import { COMMANDS, type Answer, type Request } from './migrate/commands.ts'
import { moduleNames, repeated } from './migrate/modules.ts'

const COMMAND_NAMES = [...Object.keys(COMMANDS), 'http']

export const migrate = defineCommand({
  meta: {
    name: 'npm run migrate --',
    description:
      "Shows and moves the schemas' versions. version: of each module (the default); status: what is behind; " +
      'up [N]: to head, or N migrations; down [N]: N migrations back, 1 by default, in each module; ' +
      'force V: says that a module is at V and runs nothing; add-version: a new pair of files; ' +
      'http: answers POST /migrate on this machine. status, up and down work on all apps with --all',
  },
  args: {
    command: { type: 'positional', required: false, description: COMMAND_NAMES.join(', ') },
    number: { type: 'positional', required: false, description: 'N of up and down, V of force' },
    app: { type: 'string', valueHint: 'name', description: "An app's schema, app_<name>" },
    schema: {
      type: 'string',
      valueHint: 'name',
      description: `A schema (version, status: every one, if not given; ${CONTROLLER}: ${CONTROLLER_SCHEMA})`,
    },
    module: { type: 'string', valueHint: 'name', description: 'Only this module; may be repeated' },
    source: {
      type: 'string',
      valueHint: 'place',
      description: "The module's files: a folder, or github://[user:token@]owner/repository/path[#ref]",
    },
    name: { type: 'string', valueHint: 'words', description: 'What a new version does' },
    database: {
      type: 'string',
      valueHint: 'url',
      description: 'Default: DATABASE_URL, or the database of the running npm run dev',
    },
    data: {
      type: 'string',
      valueHint: 'dir',
      description: "The local system's data directory (default .data)",
    },
    all: { type: 'boolean', description: 'Every app: those of KV, or of --config-database' },
    filter: {
      type: 'string',
      valueHint: 'key=value',
      description: 'With --all, only these apps: plan=NAME, auth_version=live, …; may be repeated',
    },
    'config-database': { type: 'string', valueHint: 'url', description: "A v2 cluster's, with app_config" },
    'hostname-override': { type: 'string', valueHint: 'host', description: "In the apps' database URLs" },
    concurrency: { type: 'string', valueHint: 'n', description: 'Schemas at a time (default 4)' },
    report: { type: 'string', valueHint: 'file', description: 'Writes the report of --all as JSON' },
    continue: { type: 'boolean', description: 'Leaves alone what the --report has at head already' },
    remote: { type: 'boolean', description: 'The deployed KV, through wrangler (which must be logged in)' },
    port: { type: 'string', valueHint: 'n', description: 'Of http (default 3000)' },
    'dry-run': { type: 'boolean', description: 'Run everything, print the SQL, then roll it back' },
    json: {
      type: 'boolean',
      description: 'One JSON value on stdout; of an error {"error":{"name","message"}}',
    },
  },
  async run({ args, rawArgs }) {
    const { command: name = 'version', number, source, json = false } = args
    if (!COMMAND_NAMES.includes(name))
      throw new UsageError(`no command "${name}": one of ${COMMAND_NAMES.join(', ')}`)
    refuseMisplaced(name, args)
    const given = repeated('module', rawArgs)
    const names = moduleNames(given)
    if (name === 'http') {
      if (number !== undefined) throw new UsageError(`unexpected "${number}"`)
      const { serve } = await import('./migrate/http.ts')
      const database = databaseOf(args.database, args.data)
      return serve({ names, source, database, port: args.port, json })
    }
    const request: Request = {
      names,
      modulesGiven: given.length > 0,
      schema: schemaOf(args.schema, args.app, names),
      number,
      source,
      description: args.name,
      dryRun: args['dry-run'] ?? false,
    }
    if (args.all) {
      if (args.schema !== undefined || args.app !== undefined)
        throw new UsageError('--all, or one --schema or --app')
      const { all } = await import('./migrate/all.ts')
      const { failed, ...answer } = await all({
        ...request,
        command: name,
        filters: repeated('filter', rawArgs),
        configDatabase: args['config-database'],
        host: args['hostname-override'],
        concurrency: args.concurrency,
        continues: args.continue ?? false,
        report: args.report,
        remote: args.remote ?? false,
        data: dataDir(args.data),
        clusterDatabase: databaseOf(args.database, args.data),
      })
      print(answer, json)
      if (failed > 0) {
        console.error(`error: ${failed} ${failed === 1 ? 'app' : 'apps'} failed`)
        process.exitCode = 1
      }
      return
    }
    const work = await COMMANDS[name as keyof typeof COMMANDS](request)
    const client = await connect(neededDatabase(databaseOf(args.database, args.data)))
    try {
      print(await work(client), json)
    } finally {
      await client.end()
    }
  },
})

const print = (answer: Answer, json: boolean): void =>
  console.log(json ? JSON.stringify(answer.json) : answer.text)

/** Options that one way of asking alone knows. */
const ONLY_ALL = [
  'filter',
  'config-database',
  'hostname-override',
  'concurrency',
  'report',
  'continue',
  'remote',
] as const

const NOT_HTTP = ['all', 'app', 'schema', 'dry-run'] as const

function refuseMisplaced(name: string, args: Readonly<Record<string, unknown>>): void {
  const misplaced = args['all'] ? undefined : ONLY_ALL.find((option) => args[option] !== undefined)
  if (misplaced !== undefined) throw new UsageError(`--${misplaced} goes with --all`)
  const moved = name === 'http' ? NOT_HTTP.find((option) => args[option] !== undefined) : undefined
  if (moved !== undefined) throw new UsageError(`--${moved} is for each request to http to say`)
  if (args['port'] !== undefined && name !== 'http') throw new UsageError('--port goes with http')
}

function schemaOf(
  schema: string | undefined,
  app: string | undefined,
  names: readonly string[],
): string | null {
  if (schema !== undefined && app !== undefined) throw new UsageError('--schema or --app, not both')
  if (schema === '' || app === '') throw new UsageError('--schema and --app need a name')
  if (app !== undefined) return `app_${app}`
  return schema ?? (names.every((name) => name === CONTROLLER) ? CONTROLLER_SCHEMA : null)
}

const databaseOf = (given: string | undefined, data: string | undefined): string | null =>
  given ?? (process.env['DATABASE_URL'] || (runningDev(dataDir(data))?.databaseUrl ?? null))

function neededDatabase(url: string | null): string {
  if (url) return url
  throw new UsageError('which database? give --database or DATABASE_URL, or start npm run dev')
}

if (import.meta.main) await runCli(migrate)
