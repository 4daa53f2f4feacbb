import { createInterface } from 'node:readline/promises'
import { defineCommand } from 'citty'
import { oneLine, UsageError } from '../command-line.ts'
import { connect } from '../database.ts'
import { OperatorError, type HostRow, type Operator, type Written } from '../operator-client.ts'
import {
  documentOf,
  editsFor,
  goneHosts,
  hostsOf,
  ownSchema,
  placeOf,
  servedSchema,
  type Hosts,
  type Place,
} from './sync-plan.ts'
import { layoutOf, readSource, type Source, type SourceApp, type SourcePlan } from './sync-source.ts'
import { answer, common, withTarget } from './target.ts'

export const sync = defineCommand({
  meta: {
    name: 'sync',
    description:
      'Makes the documents what the config database of a v2 cluster says: plans, apps, domains, routes. ' +
      'Apps that were made here are left alone',
  },
  args: {
    'config-database': {
      type: 'string',
      required: true,
      valueHint: 'url',
      description: 'With schema app_config',
    },
    'dry-run': { type: 'boolean', description: 'Shows the difference and stores nothing' },
    yes: { type: 'boolean', description: 'Does not ask before it removes hosts' },
    ...common,
  },
  async run({ args }) {
    const dryRun = args['dry-run'] ?? false
    const source = await read(args['config-database'])
    const judged = await judgeAll(source)
    const changes = await withTarget(args, async (operator) => {
      const rows = await operator.list()
      const gone = goneHosts(rows, keptHosts(judged))
      // Asked first: after a refusal nothing has changed.
      if (gone.length > 0 && !dryRun && !args.yes) await confirm(gone, args.json ?? false)
      return [
        ...(await syncPlans(operator, source.plans, dryRun)),
        ...(await syncHosts(operator, judged, rows, dryRun)),
        ...(await removeHosts(operator, gone, dryRun)),
      ]
    })
    const unserved = judged.flatMap((each) => ('why' in each ? [{ app: each.app.name, why: each.why }] : []))
    const lines = [
      ...changes.flatMap(linesOf),
      ...unserved.map(({ app, why }) => `not served: ${app}: ${why}`),
      ...(changes.length === 0 ? ['the documents are so already'] : []),
      ...(changes.length > 0 && dryRun ? ['nothing was stored: this was a dry run'] : []),
    ]
    answer(args.json, { dry_run: dryRun, changes, not_served: unserved }, lines)
  },
})

/** An app with where it is served, or why it is not. */
type Judged = { readonly app: SourceApp; readonly hosts: Hosts | null } & (
  | { readonly schema: string }
  | { readonly why: string }
)
type Done = {
  readonly what: 'plan' | 'host'
  readonly name: string
  readonly action: 'added' | 'changed' | 'removed'
  readonly changes: Written['changes']
}

async function read(url: string): Promise<Source> {
  const client = await connect(url)
  try {
    return await readSource(client)
  } finally {
    await client.end()
  }
}

async function judgeAll({ apps }: Source): Promise<readonly Judged[]> {
  const placed = apps.map((app) => ({ app, hosts: hostsOf(app), place: placeOf(app) }))
  const judged: Judged[] = []
  for (const { app, hosts, place } of placed) {
    const sharedBy = placed.filter((other) => isSame(other.place, place)).length
    judged.push({ app, hosts, ...(await judge(app, hosts, place, sharedBy)) })
  }
  return judged
}

const isSame = (a: Place | null, b: Place | null): boolean =>
  a?.database === b?.database && a?.schema === b?.schema

async function judge(
  { name }: SourceApp,
  hosts: Hosts | null,
  place: Place | null,
  sharedBy: number,
): Promise<{ schema: string } | { why: string }> {
  if (hosts === null) return { why: 'it has no domain' }
  if (place === null) return { why: 'its document has no database_config.database_url' }
  try {
    const client = await connect(place.database)
    try {
      const layouts = {
        configured: await layoutOf(client, place.schema),
        own: await layoutOf(client, ownSchema(name)),
      }
      const schema = servedSchema(name, place, sharedBy, layouts)
      if (schema !== null) return { schema }
      return {
        why: `its rows are among other apps’ in the schema ${place.schema}, not in ${ownSchema(name)}: run npm run tenant -- import ${name}`,
      }
    } finally {
      await client.end()
    }
  } catch (cause) {
    return { why: oneLine(cause) }
  }
}

/** What is not served for now keeps what it has. */
const keptHosts = (judged: readonly Judged[]): ReadonlySet<string> =>
  new Set(judged.flatMap(({ hosts }) => (hosts ? [hosts.main, ...hosts.aliases.map(([host]) => host)] : [])))

/** v2's plans only say whether their apps may use the auth gear. */
async function syncPlans(operator: Operator, plans: readonly SourcePlan[], dryRun: boolean): Promise<Done[]> {
  const { gears } = await import('../../src/gears.ts')
  const withoutAuth = gears.map(({ name }) => name).filter((name) => name !== 'auth' && !name.startsWith('_'))
  const done: Done[] = []
  for (const { name, auth_enabled } of plans) {
    const before = await planOf(operator, name)
    const after = auth_enabled ? null : withoutAuth
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) continue
    if (!dryRun) await operator.setPlan(name, after)
    const change = { path: '/gears', before: before ?? undefined, after: after ?? undefined }
    done.push({ what: 'plan', name, action: before === undefined ? 'added' : 'changed', changes: [change] })
  }
  return done
}

/** Its gears, null for all of them; undefined where there is no such plan. */
async function planOf(operator: Operator, name: string): Promise<readonly string[] | null | undefined> {
  try {
    return (await operator.plan(name)).gears
  } catch (cause) {
    if (cause instanceof OperatorError && cause.failure === 'ResourceNotFound') return undefined
    throw cause
  }
}

async function syncHosts(
  operator: Operator,
  judged: readonly Judged[],
  rows: readonly HostRow[],
  dryRun: boolean,
): Promise<Done[]> {
  const done: Done[] = []
  for (const each of judged) {
    if ('why' in each || each.hosts === null) continue
    const { main, aliases } = each.hosts
    const document = documentOf(each.app, each.schema)
    const row = rows.find(({ host }) => host === main)
    try {
      if (row && row.alias_of === undefined) {
        const edits = editsFor(document, await operator.show(main))
        const { changes } = await operator.edit(main, { ...edits, dry_run: dryRun })
        if (changes.length > 0) done.push({ what: 'host', name: main, action: 'changed', changes })
      } else {
        if (!dryRun) await operator.put(main, document, { isForeign: true })
        done.push({ what: 'host', name: main, action: row ? 'changed' : 'added', changes: [] })
      }
      for (const [host, assignment] of aliases)
        done.push(...(await syncAlias(operator, host, main, assignment, dryRun)))
    } catch (cause) {
      throw new Error(`the app ${each.app.name} at ${main}: ${oneLine(cause)}`, { cause })
    }
  }
  return done
}

async function syncAlias(
  operator: Operator,
  host: string,
  main: string,
  assignment: string,
  dryRun: boolean,
): Promise<Done[]> {
  const stored = await operator.show(host)
  const alias = { alias_of: main, assignment }
  if (JSON.stringify(stored) === JSON.stringify(alias)) return []
  if (!dryRun) await operator.put(host, alias)
  const changes = [
    { path: '/alias_of', after: main },
    { path: '/assignment', after: assignment },
  ]
  return [{ what: 'host', name: host, action: stored === null ? 'added' : 'changed', changes }]
}

async function removeHosts(operator: Operator, gone: readonly string[], dryRun: boolean): Promise<Done[]> {
  for (const host of gone)
    // An alias goes with what it is an alias of.
    if (!dryRun && (await operator.show(host)) !== null) await operator.remove(host)
  return gone.map((host) => ({ what: 'host' as const, name: host, action: 'removed' as const, changes: [] }))
}

/** A person types yes; a script must have said so. */
async function confirm(gone: readonly string[], json: boolean): Promise<void> {
  if (json || !process.stdin.isTTY)
    throw new UsageError(`this removes ${gone.join(', ')}: it needs --yes where nobody can be asked`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const typed = await terminal.question(
    `This removes ${gone.join(', ')}, with the keys; schemas and files stay. Type yes to go on: `,
  )
  terminal.close()
  if (typed.trim() !== 'yes') throw new Error('nothing was changed')
}

const MARKS = { added: '+', changed: '~', removed: '-' } as const

const linesOf = ({ what, name, action, changes }: Done): readonly string[] => [
  `${MARKS[action]} ${what} ${name}`,
  ...changes.flatMap(({ path, before, after }) => [
    ...(before === undefined ? [] : [`    - ${path} ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`    + ${path} ${JSON.stringify(after)}`]),
  ]),
]
