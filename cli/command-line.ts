import { stripVTControlCharacters } from 'node:util'
import { parseArgs, renderUsage, runCommand, type ArgsDef, type CommandDef } from 'citty'

/** What was asked cannot be asked: exit code 2, and the way to the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes: what was asked could not be done, or could not be understood. */
const FAILED = 1
const MISUSED = 2

/**
 * Runs a command, or that of its subcommands which comes first. An error is one line on stderr; with `--json` it
 * is also `{"error":{"name","message"}}` on stdout, where a script looks. citty takes unknown options silently
 * and prints stack traces; here the first are refused and the second never shown.
 */
export async function runCli<A extends ArgsDef>(
  command: CommandDef<A>,
  given: readonly string[] = process.argv.slice(2),
): Promise<void> {
  try {
    const { main, chosen, args } = await choose(command, given)
    if (args.includes('--help') || args.includes('-h')) return print(await renderUsage(chosen, main))
    if (chosen.subCommands) throw new UsageError(`which command? ${await helpOf(chosen)}`)
    await refuseUnknown(chosen, args, await helpOf(chosen, main))
    await runCommand(chosen, { rawArgs: [...args] })
  } catch (cause) {
    report(cause, given.includes('--json'))
  }
}

/** One line on stderr, the same as JSON on stdout if asked for, and the exit code. */
export function report(cause: unknown, json: boolean): void {
  // citty's own complaints, such as a missing argument, are about usage too.
  const misused = cause instanceof Error && (cause.name === 'UsageError' || cause.name === 'CLIError')
  const name = misused
    ? 'UsageError'
    : cause instanceof Error && 'failure' in cause
      ? cause.failure
      : 'Failed'
  const message = stripVTControlCharacters(oneLine(cause))
  console.error(`error: ${message}`)
  if (json) console.log(JSON.stringify({ error: { name, message } }))
  process.exitCode = misused ? MISUSED : FAILED
}

/** An error's message without its stack; connection errors of several addresses carry theirs inside. */
export function oneLine(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return oneLine(cause.errors[0])
  return (cause instanceof Error ? cause.message : String(cause)).trim().replaceAll(/\s*\n\s*/g, ' ')
}

/** An option that is a whole number within bounds. @throws UsageError */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`${option} must be a number from ${min} to ${max}, not "${text}"`)
}

type AnyCommand = CommandDef

async function choose<A extends ArgsDef>(command: CommandDef<A>, given: readonly string[]) {
  const main = command as unknown as AnyCommand
  const subCommands = (await resolved(main.subCommands)) ?? {}
  const [first = '', ...rest] = given
  if (Object.hasOwn(subCommands, first)) {
    const chosen = (await resolved(subCommands[first])) as AnyCommand
    return { main, chosen, args: rest }
  }
  if (main.subCommands && first !== '' && !first.startsWith('-'))
    throw new UsageError(`no command "${first}": one of ${Object.keys(subCommands).join(', ')}`)
  return { main: undefined, chosen: main, args: given }
}

async function refuseUnknown(command: AnyCommand, args: readonly string[], help: string): Promise<void> {
  const defined = (await resolved(command.args)) ?? {}
  const end = args.indexOf('--')
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    if (!arg.startsWith('-') || arg === '-') continue
    const name = arg.replace(/^-+/, '').replace(/=.*$/s, '')
    if (!Object.hasOwn(defined, name) || !arg.startsWith('--'))
      throw new UsageError(`no option "${arg}": ${help}`)
  }
  const positionals = Object.values(defined).filter(({ type }) => type === 'positional')
  const extra = parseArgs([...args], defined)._[positionals.length]
  if (extra !== undefined) throw new UsageError(`unexpected "${extra}": ${help}`)
}

/** As it is called: a subcommand's name alone says too little. */
const helpOf = async (command: AnyCommand, main: AnyCommand = command): Promise<string> => {
  const names = [...new Set([main, command])].map(async ({ meta }) => (await resolved(meta))?.name)
  return `see ${(await Promise.all(names)).join(' ')} --help`
}

/** citty lets every part of a command be lazy. */
const resolved = async <T>(part: T | Promise<T> | (() => T) | (() => Promise<T>)): Promise<T> =>
  typeof part === 'function' ? (part as () => T | Promise<T>)() : part

const print = (usage: string): void =>
  console.log(process.stdout.isTTY ? usage : stripVTControlCharacters(usage))
