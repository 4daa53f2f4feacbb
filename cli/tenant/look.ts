import { defineCommand } from 'citty'
import type { HostRow } from '../operator-client.ts'
import { table } from '../table.ts'
import { answer, app, common, hostOf, withTarget } from './target.ts'

export const list = defineCommand({
  meta: {
    name: 'list',
    description: 'Every host, with its app, plan and gear versions, or what it is an alias of',
  },
  args: {
    plan: { type: 'string', description: 'Only the apps of this plan' },
    gear: {
      type: 'string',
      valueHint: 'gear=version',
      description: 'Only the apps that run this version of the gear: auth=nightly',
    },
    ...common,
  },
  async run({ args }) {
    const filter = { ...(args.plan && { plan: args.plan }), ...(args.gear && { gear: args.gear }) }
    const rows = await withTarget(args, (operator) => operator.list(filter))
    answer(args.json, rows, [table([['HOST', 'APP', 'PLAN', 'GEARS'], ...rows.map(cells)])])
  },
})

export const show = defineCommand({
  meta: { name: 'show', description: "A host's document, secrets masked" },
  args: { of: app, ...common },
  async run({ args }) {
    const found = await withTarget(args, async (operator) => operator.show(await hostOf(operator, args.of)))
    console.log(JSON.stringify(found, null, args.json ? 0 : 2))
  },
})

function cells({ host, app_id, plan, gears, suspended, alias_of }: HostRow): string[] {
  if (alias_of !== undefined) return [host, `→ ${alias_of}`, '', '']
  const versions = Object.entries(gears ?? {}).map(([gear, version]) => `${gear} ${version}`)
  const name = app_id ?? '(not a valid document)'
  return [host, suspended ? `${name} (suspended)` : name, plan ?? '', versions.join(', ')]
}
