import * as v from 'valibot'
import { err, ok, type Result } from '../core/result.ts'
import type { Module } from './module.ts'
import { ALIASES } from './order.ts'

/** What a request over HTTP asks for (v2 reference, section 3.6). */
export type MigrationRequest = {
  /** One, or all of them in order. */
  readonly modules: readonly Module[]
  readonly schema: string | null
  /** As the caller names it: who answers knows what it stands for. */
  readonly database: string | null
  readonly dryRun: boolean
  readonly command: Command
}
export type Command =
  | { readonly name: 'version' }
  | { readonly name: 'up' | 'down'; readonly steps: number | null }
  | { readonly name: 'force'; readonly version: number }

/** `bad`: the request; `unknown`: what it names is not there. */
export type Refusal = { readonly reason: 'bad' | 'unknown'; readonly error: string }

const Body = v.object({
  migration: v.optional(v.string(), ''),
  schema: v.optional(v.string(), ''),
  database: v.optional(v.string(), ''),
  command: v.optional(v.string(), ''),
  command_arg: v.optional(v.string(), ''),
  dry_run: v.optional(v.boolean(), false),
})

/**
 * Judges a request's JSON. Texts are v2's (v2 reference, section 3.2). Two things differ: without `migration`, `up`
 * is of all modules, which makes a fresh schema in one request; and `down` without a number is one step, not all.
 */
export function readRequest(body: unknown, modules: readonly Module[]): Result<MigrationRequest, Refusal> {
  const parsed = v.safeParse(Body, body)
  if (!parsed.success) {
    const key = v.getDotPath(parsed.issues[0])
    return bad(key === null ? 'the request is not a JSON object' : `${key} is not what it must be`)
  }
  const { migration, schema, database, command_arg, dry_run } = parsed.output
  const chosen = modulesOf(migration, parsed.output.command, modules)
  if (!chosen.ok) return chosen
  const command = commandOf(parsed.output.command, command_arg, chosen.value)
  if (!command.ok) return command
  return ok({
    modules: chosen.value,
    schema: schema || null,
    database: database || null,
    dryRun: dry_run,
    command: command.value,
  })
}

function modulesOf(
  given: string,
  command: string,
  modules: readonly Module[],
): Result<readonly Module[], Refusal> {
  if (given === '') return command === 'up' ? ok(modules) : bad('missing module')
  const name = ALIASES[given] ?? given
  const found = modules.filter((module) => module.name === name)
  return found.length > 0
    ? ok(found)
    : err({ reason: 'unknown', error: `unknown migration: ${given.slice(0, SHOWN_CHARACTERS_MAX)}` })
}
const SHOWN_CHARACTERS_MAX = 100

function commandOf(name: string, given: string, modules: readonly Module[]): Result<Command, Refusal> {
  const number = /^\d{1,15}$/.test(given) ? Number(given) : NaN
  switch (name) {
    case 'version':
      return ok({ name })
    case 'up':
    case 'down':
      if (given === '') return ok({ name, steps: name === 'down' ? 1 : null })
      return number >= 1 ? ok({ name, steps: number }) : bad('invalid step')
    case 'force': {
      const knows = modules[0]?.migrations.some(({ version }) => version === number)
      return knows ? ok({ name, version: number }) : bad('unknown version')
    }
    default:
      return bad('undefined command')
  }
}

const bad = (error: string) => err({ reason: 'bad' as const, error })
