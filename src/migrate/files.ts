import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Migration, Module } from './module.ts'
import { CONTROLLER, MODULE_ORDER } from './order.ts'

/** The files that come with this code. */
export const FOLDER = join(import.meta.dirname, '../../migrations')
const FILE = /^(\d{1,15})_([\w-]+)\.(up|down)\.sql$/

/**
 * The modules as the folder has them, down files included: `<module>/<version>_<name>.up.sql` and `.down.sql`.
 * @throws Error for a folder or file that would be passed over silently
 */
export function readModules(
  folder: string = FOLDER,
  order: readonly string[] = MODULE_ORDER,
): readonly Module[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const unlisted = folders.find(({ name }) => name !== CONTROLLER && !order.includes(name))
  if (unlisted) throw new Error(`migrations/${unlisted.name} is no module of src/migrate/order.ts`)
  return order.map((name) => readModule(name, join(folder, name)))
}

/** One module's files, which lie in the folder itself. Folders inside are not its own (v2: `templates`). */
export function readModule(name: string, folder: string): Module {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`)
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory())
  const migrations = readMigrations(
    folder,
    files.map((file) => file.name),
  )
  if (migrations.length === 0) throw new Error(`${folder} has no migrations`)
  return { name, migrations }
}

function readMigrations(folder: string, files: readonly string[]): readonly Migration[] {
  const found = new Map<number, { version: number; name: string; up?: string; down?: string }>()
  for (const file of files.toSorted()) {
    const [, stamp = '', name = '', direction] = FILE.exec(file) ?? []
    const at = `${basename(folder)}/${file}`
    if (direction !== 'up' && direction !== 'down')
      throw new Error(`${at} is not named <version>_<name>.up.sql or .down.sql`)
    const version = Number(stamp)
    const migration = found.get(version) ?? { version, name }
    if (migration.name !== name) throw new Error(`${at} has the version of ${stamp}_${migration.name}`)
    migration[direction] = readFileSync(join(folder, file), 'utf8')
    found.set(version, migration)
  }
  return [...found.values()]
    .toSorted((a, b) => a.version - b.version)
    .map(({ up, ...migration }) => {
      if (up === undefined) throw new Error(`${basename(folder)} ${migration.version} has no up file`)
      return { ...migration, up }
    })
}
