import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Migration, Module } from './module.ts'
import { MODULE_ORDER } from './order.ts'

const FOLDER = join(import.meta.dirname, '../../migrations')
const FILE = /^(\d{1,15})_([a-z0-9_]+)\.(up|down)\.sql$/

/**
 * The modules as the folder has them, down files included: `<module>/<version>_<name>.up.sql` and `.down.sql`.
 * @throws Error for a folder or file that would be passed over silently
 */
export function readModules(
  folder: string = FOLDER,
  order: readonly string[] = MODULE_ORDER,
): readonly Module[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const unlisted = folders.find(({ name }) => !order.includes(name))
  if (unlisted) throw new Error(`migrations/${unlisted.name} is no module of src/migrate/order.ts`)
  return order.map((name) => ({ name, migrations: readMigrations(folder, name) }))
}

function readMigrations(folder: string, module: string): readonly Migration[] {
  const found = new Map<number, { version: number; name: string; up?: string; down?: string }>()
  for (const file of readdirSync(join(folder, module)).toSorted()) {
    const [, stamp = '', name = '', direction] = FILE.exec(file) ?? []
    const at = `migrations/${module}/${file}`
    if (direction !== 'up' && direction !== 'down')
      throw new Error(`${at} is not named <version>_<name>.up.sql or .down.sql`)
    const version = Number(stamp)
    const migration = found.get(version) ?? { version, name }
    if (migration.name !== name) throw new Error(`${at} has the version of ${stamp}_${migration.name}`)
    migration[direction] = readFileSync(join(folder, module, file), 'utf8')
    found.set(version, migration)
  }
  return [...found.values()]
    .toSorted((a, b) => a.version - b.version)
    .map(({ up, ...migration }) => {
      if (up === undefined) throw new Error(`migrations/${module} ${migration.version} has no up file`)
      return { ...migration, up }
    })
}
