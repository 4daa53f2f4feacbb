import { join } from 'node:path'
import { FOLDER, readModule } from '../../src/migrate/files.ts'
import type { Module } from '../../src/migrate/module.ts'
import { ALIASES, CONTROLLER, MODULE_ORDER } from '../../src/migrate/order.ts'
import { UsageError } from '../command-line.ts'
import { downloadGithub, isGithub } from './github.ts'

/** The names that an option was given, each time it was given; citty keeps the last. */
export function repeated(option: string, rawArgs: readonly string[]): readonly string[] {
  return rawArgs.flatMap((arg, i) => {
    if (arg.startsWith(`--${option}=`)) return [arg.slice(option.length + 3)]
    const next = rawArgs[i + 1]
    return arg === `--${option}` && next !== undefined ? [next] : []
  })
}

/** Modules' own names, in the order they depend on each other; none given: those of an app. @throws UsageError */
export function moduleNames(given: readonly string[]): readonly string[] {
  if (given.length === 0) return MODULE_ORDER
  const all = [...MODULE_ORDER, CONTROLLER]
  const names = given.map((name) => ALIASES[name] ?? name)
  const unknown = names.find((name) => !all.includes(name))
  if (unknown !== undefined) throw new UsageError(`no module "${unknown}": one of ${all.join(', ')}`)
  return all.filter((name) => names.includes(name))
}

/**
 * The modules with their files: those that come with this code, or of one module those of a folder or a GitHub
 * repository. @throws Error with one line for a folder that cannot be used
 */
export async function modulesFrom(
  names: readonly string[],
  source: string | undefined,
): Promise<readonly Module[]> {
  if (source === undefined) return names.map((name) => readModule(name, join(FOLDER, name)))
  const [name] = names
  if (name === undefined || names.length > 1) throw new UsageError('--source is for one --module')
  return [readModule(name, isGithub(source) ? await downloadGithub(source) : source)]
}
