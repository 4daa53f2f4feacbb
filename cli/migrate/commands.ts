import type { Client } from 'pg'
import type { Report } from '../../src/migrate/run.ts'
import { CONTROLLER } from '../../src/migrate/order.ts'
import { UsageError, wholeNumber } from '../command-line.ts'
import { isGithub } from './github.ts'
import { modulesFrom } from './modules.ts'
import { reportJson, reportLines, statusLines, versionLines } from './report.ts'
import { standings, type Standing } from './status.ts'

/** What was asked on the command line. */
export type Request = {
  readonly names: readonly string[]
  /** Whether `names` were asked for, or are those of an app. */
  readonly modulesGiven: boolean
  readonly schema: string | null
  readonly number: string | undefined
  readonly source: string | undefined
  readonly description: string | undefined
  readonly dryRun: boolean
}
export type Answer = { readonly json: unknown; readonly text: string }
/** Judges what was asked before there is a database; the rest happens there. */
type Command = (request: Request) => Promise<(client: Client) => Promise<Answer>>

export const STEPS_MAX = 10_000
const VERSION_MAX = 999_999_999_999_999

const look =
  (lines: (found: readonly Standing[]) => string): Command =>
  async ({ names, modulesGiven, schema, source, number }) => {
    if (number !== undefined) throw new UsageError(`unexpected "${number}"`)
    const modules = await modulesFrom(names, source)
    const besides = modulesGiven || schema !== null ? [] : await modulesFrom([CONTROLLER], undefined)
    return async (client) => {
      const found = [
        ...(await standings(client, modules, schema === null ? null : [schema])),
        // Where it is, it is shown; where not, an app does not miss it.
        ...(besides.length > 0 ? await standings(client, besides, null) : []),
      ]
      return { json: found, text: lines(found) }
    }
  }

const move =
  (direction: 'up' | 'down'): Command =>
  async (request) => {
    const { names, source, number = direction === 'down' ? '1' : undefined, dryRun } = request
    const schema = schemaIn(request, direction)
    const steps = number === undefined ? {} : { steps: wholeNumber('N', number, 1, STEPS_MAX) }
    const modules = await modulesFrom(names, source)
    return async (client) => {
      // Drizzle is most of what these commands load, and the others do without.
      const { migrateOn } = await import('./session.ts')
      const options = { direction, dryRun, ...steps }
      return reported(schema, await migrateOn(client, schema, modules, options), dryRun)
    }
  }

const force: Command = async (request) => {
  const { names, source, number, dryRun } = request
  const schema = schemaIn(request, 'force')
  if (number === undefined) throw new UsageError('force which version?')
  const version = wholeNumber('V', number, 1, VERSION_MAX)
  if (names.length > 1) throw new UsageError('force of which --module? A version is of one')
  const [module] = await modulesFrom(names, source)
  if (!module?.migrations.some((migration) => migration.version === version))
    throw new UsageError(`${names.join()} has no version ${version}`)
  return async (client) => {
    const { forceOn } = await import('./session.ts')
    return reported(schema, await forceOn(client, schema, module, version, { dryRun }), dryRun)
  }
}

const addVersion: Command = async ({ names, source, description, number }) => {
  if (number !== undefined) throw new UsageError(`unexpected "${number}"`)
  const [module] = names
  if (module === undefined || names.length > 1) throw new UsageError('add-version of which --module?')
  if (source !== undefined && isGithub(source))
    throw new UsageError('add-version writes to a folder, not to GitHub')
  const { addVersion: add, fileNameOf } = await import('./add-version.ts')
  const name = fileNameOf(description)
  return async (client) => {
    const files = await add(client, module, name, { folder: source })
    return { json: { files }, text: files.join('\n') }
  }
}

export const COMMANDS = {
  version: look(versionLines),
  status: look(statusLines),
  up: move('up'),
  down: move('down'),
  force,
  'add-version': addVersion,
} as const satisfies Readonly<Record<string, Command>>

function schemaIn({ schema }: Request, command: string): string {
  if (schema === null) throw new UsageError(`${command} of which schema? --app or --schema`)
  return schema
}

const reported = (schema: string, reports: readonly Report[], dryRun: boolean): Answer => ({
  json: reportJson(schema, reports, dryRun),
  text: reportLines(schema, reports, dryRun),
})
