import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'pg'
import { FOLDER, readModule, readModules } from '../../src/migrate/files.ts'
import { head, type Module } from '../../src/migrate/module.ts'
import { MODULE_ORDER } from '../../src/migrate/order.ts'
import { UsageError } from '../command-line.ts'
import { difference } from './difference.ts'

const NAME_CHARACTERS_MAX = 80

/** A description as part of a file's name. @throws UsageError */
export function fileNameOf(description: string | undefined): string {
  const name = (description ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  const trimmed = name.replaceAll(/^_+|_+$/g, '')
  if (trimmed === '' || trimmed.length > NAME_CHARACTERS_MAX)
    throw new UsageError('--name must say in a few words what the version does')
  return trimmed
}

export type AddOptions = {
  /** The module's own folder. */
  readonly folder?: string | undefined
  /** What `drizzle/<module>.ts` exports. */
  readonly declared?: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly now?: number
}

/**
 * Writes a module's next pair of files, stamped by one look at the clock (v2's tool looked twice). They hold what
 * `drizzle/` has and the migrations do not make, and its reverse.
 * @returns the paths written
 */
export async function addVersion(
  client: Client,
  module: string,
  name: string,
  { folder = join(FOLDER, module), declared, now = Date.now() }: AddOptions = {},
): Promise<readonly string[]> {
  const own = readModule(module, folder)
  const tables = declared ?? ((await import(`../../drizzle/${module}.ts`)) as Record<string, unknown>)
  const { up, down } = await difference(client, [...modulesBefore(module), own], tables)

  const version = Math.max(Math.floor(now / 1000), head(own) + 1)
  const pair = [
    { path: join(folder, `${version}_${name}.up.sql`), statements: up },
    { path: join(folder, `${version}_${name}.down.sql`), statements: down },
  ]
  const text = (statements: readonly string[]) =>
    statements.length === 0 ? `-- drizzle/${module}.ts has nothing new.\n` : `${statements.join('\n')}\n`
  for (const { path, statements } of pair) fs.writeFileSync(path, text(statements), { flag: 'wx' })
  return pair.map(({ path }) => path)
}

/** Those whose tables the module may refer to; the config database stands alone. */
function modulesBefore(module: string): readonly Module[] {
  const place = MODULE_ORDER.findIndex((each) => each === module)
  return readModules().slice(0, Math.max(place, 0))
}
