import { defineCommand } from 'citty'
import { valueFrom } from '../../src/gateway/operations/edit.ts'
import { UsageError } from '../command-line.ts'
import type { Operator, Written } from '../operator-client.ts'
import { answer, app, common, hostOf, withTarget } from './target.ts'

export const set = defineCommand({
  meta: {
    name: 'set',
    description:
      'Sets one key of an app’s document, if the document is valid with it, and shows the difference',
  },
  args: {
    of: app,
    key: {
      type: 'positional',
      required: true,
      description: 'app_config.cors.origin, or a JSON pointer: /app_config/clients/0/client_name',
    },
    value: { type: 'positional', required: false, description: 'JSON, or any other text as it is' },
    unset: { type: 'boolean', description: 'Takes the key away: its default comes back' },
    'dry-run': { type: 'boolean', description: 'Shows the difference and stores nothing' },
    ...common,
  },
  async run({ args: { of, key, value, unset = false, 'dry-run': dry_run = false, ...args } }) {
    if (unset === (value !== undefined)) throw new UsageError('give either a value or --unset')
    const edits = value === undefined ? { unset: [key] } : { set: { [key]: valueFrom(value) } }
    const written = await withTarget(args, async (operator) =>
      operator.edit(await hostOf(operator, of), { ...edits, dry_run }),
    )
    answer(args.json, written, linesOf(written))
  },
})

export const rotateKeys = defineCommand({
  meta: { name: 'rotate-keys', description: 'New keys for an app, printed once' },
  args: {
    of: app,
    'api-key': {
      type: 'boolean',
      description: 'A new API key beside the old one, which lives until --api-key --drop-old',
    },
    'drop-old': {
      type: 'boolean',
      description: 'With --api-key or --signing: the newest key is the only one left',
    },
    client: { type: 'string', description: 'With --api-key: whose (default: the first client)' },
    'master-key': { type: 'boolean', description: 'A new master key; the old one ends at once' },
    secret: {
      type: 'boolean',
      description: 'A new secret of access tokens; without oidc.keys, everybody must log in again',
    },
    signing: {
      type: 'boolean',
      description:
        'A new key that signs access tokens in five minutes; tokens of the old keys live until --signing --drop-old',
    },
    ...common,
  },
  async run({ args }) {
    const kinds = (['api-key', 'master-key', 'secret', 'signing'] as const).filter((kind) => args[kind])
    const [kind] = kinds
    if (kind === undefined || kinds.length > 1)
      throw new UsageError('give one of --api-key, --master-key, --secret and --signing')
    const rotated = await withTarget(args, async (operator) =>
      operator.rotateKeys(await hostOf(operator, args.of), {
        kind,
        ...(args.client !== undefined && { client: args.client }),
        ...(args['drop-old'] && { drop_old: true }),
      }),
    )
    const keys = Object.entries(rotated.fresh).map(([name, key]) => `${name} ${key}`)
    answer(args.json, rotated, [...linesOf(rotated), ...keys])
  },
})

const switched = (name: 'suspend' | 'resume', description: string) =>
  defineCommand({
    meta: { name, description },
    args: { of: app, ...common },
    async run({ args }) {
      const written = await withTarget(args, async (operator: Operator) =>
        operator[name](await hostOf(operator, args.of)),
      )
      answer(args.json, written, linesOf(written))
    },
  })
export const suspend = switched('suspend', 'Every request of the app answers 403. Nothing is deleted')
export const resume = switched('resume', 'Ends a suspension')

export const reseal = defineCommand({
  meta: {
    name: 'reseal',
    description: 'Seals secrets anew with the first key of TENANT_SEAL_KEY, plain ones too. May be repeated',
  },
  args: {
    of: { ...app, required: false },
    all: { type: 'boolean', description: 'Every document' },
    ...common,
  },
  async run({ args }) {
    if ((args.all ?? false) === (args.of !== undefined)) throw new UsageError('give either an app or --all')
    const outcomes = await withTarget(args, async (operator) => {
      const hosts = args.all
        ? (await operator.list()).filter(({ alias_of }) => alias_of === undefined).map(({ host }) => host)
        : [await hostOf(operator, args.of ?? '')]
      const done: { host: string; resealed: boolean }[] = []
      for (const host of hosts) done.push(await operator.reseal(host))
      return done
    })
    answer(
      args.json,
      outcomes,
      outcomes.map(({ host, resealed }) => `${host} ${resealed ? 'resealed' : 'was sealed with it'}`),
    )
  },
})

/** The difference as people read it: what was, with a minus, and what is, with a plus. */
function linesOf({ host, changes, warnings }: Written): readonly string[] {
  const lines = changes.flatMap(({ path, before, after }) => [
    ...(before === undefined ? [] : [`- ${path} ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`+ ${path} ${JSON.stringify(after)}`]),
  ])
  return [
    ...(lines.length > 0 ? [host, ...lines] : [`${host} is so already`]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ]
}
