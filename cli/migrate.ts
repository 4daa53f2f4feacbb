import { defineCommand } from 'citty'
import { readModules } from '../src/migrate/files.ts'
import type { Module } from '../src/migrate/module.ts'
import type { Report } from '../src/migrate/run.ts'
import { connect } from './database.ts'
import { runCli, UsageError, wholeNumber } from './command-line.ts'
import { dataDir, runningDev } from './dev/state.ts'
import { standings, type Standing } from './migrate/status.ts'
import { table } from './table.ts'

const STEPS_MAX = 10_000
const COMMANDS = ['status', 'up', 'down'] as const

const migrate = defineCommand({
  meta: {
    name: 'npm run migrate --',
    description:
      "Shows and moves the schemas' versions. status: where each module stands (the default); up: to head; " +
      'down N: N migrations back, 1 by default, in each module',
  },
  args: {
    command: { type: 'positional', required: false, description: COMMANDS.join(', ') },
    steps: { type: 'positional', required: false, description: 'with down' },
    app: { type: 'string', valueHint: 'name', description: "An app's schema, app_<name>" },
    schema: { type: 'string', valueHint: 'name', description: 'A schema (status: every one, if not given)' },
    module: { type: 'string', valueHint: 'name', description: 'Only this module' },
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
    'dry-run': { type: 'boolean', description: 'Run everything, then roll it back' },
    json: {
      type: 'boolean',
      description: 'One JSON value on stdout; of an error {"error":{"name","message"}}',
    },
  },
  async run({ args }) {
    const command = COMMANDS.find((each) => each === (args.command ?? 'status'))
    if (!command) throw new UsageError(`no command "${args.command}": one of ${COMMANDS.join(', ')}`)
    if (args.steps !== undefined && command !== 'down') throw new UsageError(`unexpected "${args.steps}"`)
    const steps = command === 'down' ? wholeNumber('N', args.steps ?? '1', 1, STEPS_MAX) : undefined
    const schema = schemaOf(args.schema, args.app)
    if (command !== 'status' && schema === null)
      throw new UsageError(`${command} of which schema? --app or --schema`)
    const modules = modulesOf(args.module)
    const dryRun = args['dry-run'] ?? false
    const json = args.json ?? false

    const client = await connect(databaseOf(args.database, args.data))
    try {
      if (command === 'status' || schema === null) {
        const found = await standings(client, modules, schema)
        return console.log(json ? JSON.stringify(found) : statusText(found))
      }
      // Drizzle is most of what this command loads, and only needed here.
      const { migrateOn } = await import('./migrate/session.ts')
      const options = { direction: command, dryRun, ...(steps !== undefined && { steps }) }
      const reports = await migrateOn(client, schema, modules, options)
      if (json) return console.log(JSON.stringify({ schema, dry_run: dryRun, modules: reports }))
      console.log(reportText(schema, reports, dryRun))
    } finally {
      await client.end()
    }
  },
})

function schemaOf(schema: string | undefined, app: string | undefined): string | null {
  if (schema !== undefined && app !== undefined) throw new UsageError('--schema or --app, not both')
  const name = app === undefined ? schema : `app_${app}`
  if (schema === '' || app === '') throw new UsageError('--schema and --app need a name')
  return name ?? null
}

function modulesOf(name: string | undefined): readonly Module[] {
  const modules = readModules()
  if (name === undefined) return modules
  const module = modules.find((each) => each.name === name)
  if (!module)
    throw new UsageError(`no module "${name}": one of ${modules.map((each) => each.name).join(', ')}`)
  return [module]
}

function databaseOf(given: string | undefined, data: string | undefined): string {
  const url = given ?? (process.env['DATABASE_URL'] || runningDev(dataDir(data))?.databaseUrl)
  if (url) return url
  throw new UsageError('which database? give --database or DATABASE_URL, or start npm run dev')
}

function statusText(found: readonly Standing[]): string {
  if (found.length === 0) return 'no schema has any module'
  const rows = found.map(({ schema, module, version, head, dirty }) => {
    const state =
      version === head ? 'at head' : version !== null && version > head ? 'newer than this code' : 'behind'
    return [schema, module, versionText(version), versionText(head), dirty ? `${state}, dirty` : state]
  })
  return table([['SCHEMA', 'MODULE', 'VERSION', 'HEAD', 'STATE'], ...rows])
}

function reportText(schema: string, reports: readonly Report[], dryRun: boolean): string {
  const rows = reports.map(({ module, from, to }) => [
    schema,
    module,
    from === to ? `${versionText(to)}, nothing to do` : `${versionText(from)} → ${versionText(to)}`,
  ])
  return table(rows) + (dryRun ? '\nrolled back: this was a dry run' : '')
}

const versionText = (version: number | null): string => (version === null ? '-' : String(version))

await runCli(migrate)
