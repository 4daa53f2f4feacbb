import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { tenant } from '../../cli/tenant.ts'
import { runHere } from './in-process.ts'

vi.mock(import('../../cli/dev/wrangler.ts'), async (actual) => ({
  ...(await actual()),
  script: () => join(import.meta.dirname, '../fixtures/wrangler.mjs'),
}))

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-rotate-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

it('rotate-keys --signing puts a new key before the old one, and --drop-old leaves the newest alone', async () => {
  const remote = (...args: readonly string[]) => {
    vi.stubEnv('FAKE_NAMESPACE', join(folder, 'namespace.json'))
    vi.stubEnv('CLUSTER_DOMAIN', 'apps.example')
    return runHere(tenant, [...args, '--remote'])
  }
  const kids = () => {
    const namespace = JSON.parse(fs.readFileSync(join(folder, 'namespace.json'), 'utf8')) as Record<
      string,
      { readonly text: string }
    >
    const document = JSON.parse(namespace['host:shop.apps.example']?.text ?? '') as {
      readonly app_config: { readonly oidc: { readonly keys: readonly { readonly kid: string }[] } }
    }
    return document.app_config.oidc.keys.map(({ kid }) => kid)
  }
  await remote('create', 'shop')
  const rotated = await remote('rotate-keys', 'shop', '--signing')
  expect(rotated.code).toBe(0)
  const [fresh = '', ...others] = kids()
  expect(others).toHaveLength(1)
  expect(rotated.stdout).toContain(`signing_key ${fresh}`)
  expect(rotated.stdout).not.toContain('BEGIN PRIVATE KEY')
  expect((await remote('rotate-keys', 'shop', '--signing', '--drop-old')).code).toBe(0)
  expect(kids()).toEqual([fresh])
})
