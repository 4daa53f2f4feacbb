import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { tenant } from '../../cli/tenant.ts'
import { runHere } from './in-process.ts'

vi.mock(import('../../cli/dev/wrangler.ts'), async (actual) => ({
  ...(await actual()),
  script: () => join(import.meta.dirname, '../fixtures/wrangler.mjs'),
}))

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-remote-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

/** A command on the deployed namespace, which is a file here. */
function remote(...args: readonly string[]) {
  vi.stubEnv('FAKE_NAMESPACE', join(folder, 'namespace.json'))
  vi.stubEnv('CLUSTER_DOMAIN', 'apps.example')
  return runHere(tenant, [...args, '--remote'])
}
const stored = (): Record<string, { readonly text: string; readonly metadata?: object }> =>
  JSON.parse(fs.readFileSync(join(folder, 'namespace.json'), 'utf8')) as ReturnType<typeof stored>

/** A terminal at which somebody types this. */
async function answering<T>(typed: string, work: () => Promise<T>): Promise<T> {
  const terminal = Object.assign(new PassThrough(), { isTTY: true })
  const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(terminal as unknown as typeof process.stdin)
  const asked = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    if (String(text).includes('Type the host')) terminal.write(`${typed}\n`)
    return true
  })
  try {
    return await work()
  } finally {
    stdin.mockRestore()
    asked.mockRestore()
  }
}

it('an app is made, shown, changed and taken away in the deployed namespace', async () => {
  const made = await remote('create', 'shop', '--json')
  expect(made).toMatchObject({ code: 0, stderr: '' })
  const app = JSON.parse(made.stdout) as { readonly url: string; readonly master_key: string }
  expect(app).toMatchObject({ app: 'shop', host: 'shop.apps.example', url: 'https://shop.apps.example' })
  expect(stored()['host:shop.apps.example']?.metadata).toMatchObject({ app_id: 'shop' })
  expect(stored()['host:shop.apps.example']?.text).toContain(app.master_key)

  const again = await remote('create', 'shop')
  expect([again.code, again.stderr]).toEqual([
    1,
    'error: the app shop is at shop.apps.example already. Its API key: npm run tenant -- show shop; ' +
      'a new master key: npm run tenant -- rotate-keys shop --master-key\n',
  ])
  const rotated = await remote('rotate-keys', 'shop', '--master-key')
  expect(rotated.stdout).toMatch(/^master_key \S{43}$/m)

  const renamed = await remote('set', 'shop', 'app_name', 'operator')
  expect([renamed.code, renamed.stderr]).toEqual([1, expect.stringContaining('"operator" is reserved')])
  const large = await remote('set', 'shop', 'gear_config.x', 'y'.repeat(100_000).concat('z'))
  expect(large.code, 'what is long but can be stored is').toBe(0)
  expect((await remote('delete', 'shop', '--yes')).stdout).toMatch(/^deleted shop\.apps\.example$/m)
  expect(stored()).toEqual({})
})

it('delete asks a person for the host, and does nothing for any other word', async () => {
  await remote('create', 'shop')
  const refused = await answering('yes', () => remote('delete', 'shop'))
  expect([refused.code, refused.stderr]).toEqual([1, 'error: nothing was deleted\n'])
  expect(Object.keys(stored())).toEqual(['host:shop.apps.example'])
  const done = await answering('shop.apps.example', () => remote('delete', 'shop'))
  expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^deleted shop\.apps\.example$/m)])
  expect(stored()).toEqual({})
})

it('delete asks nobody where nobody can answer, and then wants --yes', async () => {
  await remote('create', 'shop')
  const asked = await remote('delete', 'shop', '--json')
  expect([asked.code, asked.stderr]).toEqual([
    2,
    'error: deleting shop.apps.example needs --yes where nobody can be asked\n',
  ])
  expect(Object.keys(stored())).toEqual(['host:shop.apps.example'])
})
