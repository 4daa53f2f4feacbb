import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { newDocument } from '../../src/gateway/document/compose.ts'
import { wranglerRegistry, type Ran } from '../../cli/registry/wrangler.ts'
import { withRemote } from '../../cli/tenant/remote.ts'

const ROOT = join(import.meta.dirname, '../..')
const WHERE = ['--binding', 'TENANTS', '--remote', '--config', join(ROOT, 'wrangler.toml')]
const MISSING: Ran = {
  code: 1,
  stdout: '',
  stderr: '✘ [ERROR] Failed to fetch https://api.example/values/x - 404: Not Found',
}

/** A namespace behind what wrangler would print. */
function fakeWrangler(values: Record<string, string> = {}) {
  const asked: (readonly string[])[] = []
  const files: string[] = []
  const run = async (args: readonly string[]): Promise<Ran> => {
    asked.push(args)
    const [, , verb, key = ''] = args
    const said = (stdout: string): Ran => ({ code: 0, stdout, stderr: '' })
    if (verb === 'get') return values[key] === undefined ? MISSING : said(values[key])
    if (verb === 'list') {
      const metadata = { alias_of: 'x' }
      return said(
        JSON.stringify(Object.keys(values).map((name, i) => ({ name, ...(i === 1 && { metadata }) }))),
      )
    }
    if (verb === 'put') {
      const path = args[args.indexOf('--path') + 1] ?? ''
      files.push(path)
      expect(fs.statSync(path).mode & 0o077).toBe(0)
      values[key] = fs.readFileSync(path, 'utf8')
    }
    if (verb === 'delete') Reflect.deleteProperty(values, key)
    return said('Writing the value …')
  }
  return { asked, files, run, values }
}

it('the deployed namespace is asked by wrangler, with secrets in a file and not on the command line', async () => {
  const { asked, files, run } = fakeWrangler({ 'host:a.example': '{"a":"é"}', 'host:b.example': '{}' })
  const registry = wranglerRegistry(run)
  expect(await registry.get('host:a.example')).toBe('{"a":"é"}')
  expect(await registry.get('host:none.example')).toBeNull()
  expect(await registry.list('host:')).toEqual([
    { key: 'host:a.example', summary: null },
    { key: 'host:b.example', summary: { alias_of: 'x' } },
  ])
  await registry.put('host:c.example', '{"master_key":"hush"}', { app_id: 'c' })
  await registry.delete('host:c.example')
  expect(asked).toEqual([
    ['kv', 'key', 'get', 'host:a.example', ...WHERE],
    ['kv', 'key', 'get', 'host:none.example', ...WHERE],
    ['kv', 'key', 'list', '--prefix', 'host:', ...WHERE],
    ['kv', 'key', 'put', 'host:c.example', '--path', files[0], '--metadata', '{"app_id":"c"}', ...WHERE],
    ['kv', 'key', 'delete', 'host:c.example', ...WHERE],
  ])
  expect(asked.flat().join(' ')).not.toContain('hush')
  expect(fs.existsSync(dirname(files[0] ?? ''))).toBe(false)
})

it('what wrangler cannot do is said in its words, in one line', async () => {
  const stderr = 'warning\n\n✘ [ERROR] Authentication error [code: 10000]\n\n  Logs were written to …'
  const registry = wranglerRegistry(async () => ({ code: 1, stdout: '', stderr }))
  await expect(registry.get('host:a')).rejects.toThrow(
    /^wrangler kv key get: Authentication error \[code: 10000\]$/,
  )
  await expect(registry.list('host:')).rejects.toThrow(/^wrangler kv key list: Authentication error/)
  const silent = wranglerRegistry(async () => ({ code: null, stdout: '', stderr: '' }))
  await expect(silent.delete('host:a')).rejects.toThrow(/^wrangler kv key delete: ended with null$/)
})

it('the operator works on the deployed namespace as on the local one', async () => {
  const { run, values } = fakeWrangler()
  const document = newDocument({ name: 'notes', production: true, random: (bytes) => 'x'.repeat(bytes) })
  await withRemote(async (operator) => {
    await operator.put('notes.example', {
      ...document,
      app_config: { ...document.app_config, master_key: 'm' },
    })
    const { changes } = await operator.suspend('notes.example')
    expect(changes).toEqual([{ path: '/suspended', after: true }])
  }, run)
  expect(JSON.parse(values['host:notes.example'] ?? '')).toMatchObject({ app_id: 'notes', suspended: true })
  await expect(
    withRemote(
      (operator) => operator.list(),
      async () => ({ code: 1, stdout: '', stderr: '[ERROR] no login' }),
    ),
  ).rejects.toThrow('no login')
})
