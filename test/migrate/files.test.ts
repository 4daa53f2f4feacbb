import * as fs from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FOLDER, readModule, readModules } from '../../src/migrate/files.ts'
import { CONTROLLER, MODULE_ORDER } from '../../src/migrate/order.ts'

const everyModule = [...MODULE_ORDER, CONTROLLER].map((name) => readModule(name, join(FOLDER, name)))

describe('the migrations', () => {
  it('of an app are in the bundle as in the folder, up files only', async () => {
    const text = fs
      .readFileSync(join(FOLDER, 'bundle.ts'), 'utf8')
      .replaceAll(/^import (\w+) from '(.+\.sql)'$/gm, (_, name: string, path: string) => {
        const file = fs.readFileSync(join(FOLDER, path), 'utf8')
        return `const ${name} = ${JSON.stringify(file)}`
      })
    const bundle: unknown = await import(
      `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(text, { mode: 'transform' }))}`
    )
    const withoutDown = readModules().map(({ name, migrations }) => ({
      name,
      migrations: migrations.map(({ version, name, up }) => ({ version, name, up })),
    }))
    expect(bundle).toMatchObject({ modules: withoutDown })
  })

  it('can each be undone', () => {
    const all = everyModule.flatMap(({ migrations }) => migrations)
    expect(all.filter(({ down }) => down === undefined)).toEqual([])
    expect(all.length).toBeGreaterThan(3)
  })

  it('have no version twice, in whatever module', () => {
    const versions = everyModule.flatMap(({ migrations }) => migrations.map(({ version }) => version))
    expect(versions).toEqual([...new Set(versions)])
  })
})

describe('readModules', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

  it('reads in order of version, and refuses what it would pass over', () => {
    fs.mkdirSync(join(folder, 'a'))
    for (const name of ['9_first.up.sql', '10_second.up.sql', '10_second.down.sql'])
      fs.writeFileSync(join(folder, 'a', name), name)
    const [a] = readModules(folder, ['a'])
    expect(a?.migrations).toEqual([
      { version: 9, name: 'first', up: '9_first.up.sql' },
      { version: 10, name: 'second', up: '10_second.up.sql', down: '10_second.down.sql' },
    ])
    expect(() => readModules(folder, [])).toThrow('migrations/a is no module')
    for (const [name, message] of [
      ['10_other.up.sql', 'a/10_second.down.sql has the version of 10_other'],
      ['11_third.down.sql', 'a 11 has no up file'],
      ['notes.sql', 'a/notes.sql is not named <version>_<name>.up.sql or .down.sql'],
    ] as const) {
      fs.writeFileSync(join(folder, 'a', name), '')
      expect(() => readModules(folder, ['a'])).toThrow(message)
      fs.rmSync(join(folder, 'a', name))
    }
  })

  it('refuses a folder that is empty or not there', () => {
    const empty = join(folder, 'empty')
    fs.mkdirSync(empty)
    expect(() => readModule('m', empty)).toThrow(`${empty} has no migrations`)
    expect(() => readModule('m', join(folder, 'none'))).toThrow(`there is no folder ${folder}/none`)
  })
})
