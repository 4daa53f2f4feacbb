import { createInterface } from 'node:readline/promises'
import { defineCommand } from 'citty'
import { ASSIGNMENTS } from '../../src/gateway/document/parse.ts'
import { UsageError } from '../command-line.ts'
import { answer, app, common, hostFrom, hostOf, withTarget } from './target.ts'

export const alias = defineCommand({
  meta: { name: 'alias', description: 'A further host of an app; delete HOST takes it away' },
  args: {
    host: { type: 'positional', required: true, description: 'the further host' },
    of: app,
    assignment: {
      type: 'string',
      valueHint: ASSIGNMENTS.join('|'),
      description: 'What it is for: everything (microservices, the default), or one gear',
    },
    ...common,
  },
  async run({ args }) {
    const host = hostFrom(args.host)
    const assignment = ASSIGNMENTS.find((each) => each === (args.assignment ?? 'microservices'))
    if (assignment === undefined)
      throw new UsageError(`--assignment is one of ${ASSIGNMENTS.join(', ')}, not "${args.assignment}"`)
    const made = await withTarget(args, async (operator) =>
      operator.alias(await hostOf(operator, args.of), host, assignment),
    )
    answer(args.json, made, [`${made.host} → ${made.alias_of} (${made.assignment})`])
  },
})

export const remove = defineCommand({
  meta: {
    name: 'delete',
    description: "Takes an app's document and its aliases away, or one alias. Its schema and files stay",
  },
  args: {
    of: app,
    yes: { type: 'boolean', description: 'Does not ask' },
    ...common,
  },
  async run({ args }) {
    const { deleted, stays } = await withTarget(args, async (operator) => {
      const host = await hostOf(operator, args.of)
      if (!args.yes) await confirm(host, args.json ?? false)
      return operator.remove(host)
    })
    const lines = [...deleted.map((host) => `deleted ${host}`), ...stays.map((what) => `stays: ${what}`)]
    answer(args.json, { deleted, stays }, lines)
  },
})

/** A person types the host; a script must have said yes. */
async function confirm(host: string, json: boolean): Promise<void> {
  if (json || !process.stdin.isTTY)
    throw new UsageError(`deleting ${host} needs --yes where nobody can be asked`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const typed = await terminal.question(
    `This deletes ${host} and its aliases, with its keys; its schema and files stay.\nType the host to go on: `,
  )
  terminal.close()
  if (typed.trim() !== host) throw new Error('nothing was deleted')
}
