import { defineCommand } from 'citty'
import { UsageError } from '../command-line.ts'
import type { PlanRow } from '../operator-client.ts'
import { answer, common, withTarget } from './target.ts'

export const plan = defineCommand({
  meta: {
    name: 'plan',
    description: 'Shows a plan, or makes or changes it. An app gets it by: set APP plan NAME',
  },
  args: {
    name: { type: 'positional', required: true, description: 'its name' },
    gears: { type: 'string', valueHint: 'a,b', description: 'The gears that its apps may use' },
    all: { type: 'boolean', description: 'Its apps may use every gear' },
    ...common,
  },
  async run({ args }) {
    if (args.all && args.gears !== undefined) throw new UsageError('give either --gears or --all')
    const gears = args.all ? null : args.gears?.split(',').filter((gear) => gear !== '')
    const row = await withTarget(args, (operator): Promise<PlanRow> =>
      gears === undefined ? operator.plan(args.name) : operator.setPlan(args.name, gears),
    )
    answer(args.json, row, [`${row.name}: ${row.gears?.join(', ') ?? 'every gear'}`])
  },
})
