import * as fs from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tenant as tenantCommand } from '../../cli/tenant.ts'
import { freePort } from '../../local/ports.ts'
import { runHere } from './in-process.ts'
import { call, descendants, remaining, run, startDev, type Dev } from './processes.ts'

/** What a restart may take, on a slow machine too. */
const RESTART_MS_MAX = 10_000

let data: string
let port: number
let dev: Dev

beforeAll(async () => {
  data = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
  // Run by root, Postgres is another user and must be able to enter.
  fs.chmodSync(data, 0o711)
  port = await freePort()
  dev = await startDev(port, data)
}, 120_000)

afterAll(async () => {
  await dev.ended('SIGTERM')
  fs.rmSync(data, { recursive: true, force: true })
}, 30_000)

const tenant = (...args: string[]) => run('tenant.ts', [...args, '--data', data])
const anonymous = (host: string, key: string) => call(port, host, '/auth/signup', key, {})
/** The lines of a text, none of which may be of a stack trace. */
const lines = (text: string) => text.trim().split('\n')

describe('npm run dev', () => {
  it('prints where the demo app is, and it answers there', async () => {
    const { url, operator_url, host, api_key, database_url } = dev
    expect({ url, operator_url, host }).toEqual({
      url: `http://localhost:${port}`,
      operator_url: `http://operator.localhost:${port}`,
      host: 'demo.localhost',
    })
    expect(database_url).toMatch(/^postgres:\/\//)
    const answers = await Promise.all(
      ['demo.localhost', 'localhost', '127.0.0.1'].map((each) => anonymous(each, api_key)),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await anonymous(host, `${api_key}x`)).status).toBe(401)
  })

  it('shows the requests as they come', async () => {
    await anonymous(dev.host, dev.api_key)
    await expect.poll(dev.stderr).toContain('"action":"auth:signup","status":200')
  })

  it('shows what the demo app mails in a mailbox, as text and in a sandbox', async () => {
    const email = 'ana@example.com'
    const signUp = { auth_data: { email }, password: '<secret>' }
    await call(port, dev.host, '/auth/signup', dev.api_key, signUp)
    await call(port, dev.host, '/user/forgot-password', dev.api_key, { args: { email } })
    const mails = async () =>
      (await (await fetch(`${dev.mailbox_url}/mails.json`)).json()) as { to: string[] }[]
    await expect.poll(async () => (await mails()).map(({ to }) => to)).toEqual([[email]])
    const page = await fetch(dev.mailbox_url)
    expect(page.headers.get('content-security-policy')).toContain(`default-src 'none'`)
    const link = `http://${dev.host}:${port}/reset-password?code=`
    expect(await page.text()).toContain(`<a href="${link}`)
    const html = await fetch(`${dev.mailbox_url}/mails/0.html`)
    expect(html.headers.get('content-security-policy')).toContain('sandbox')
    expect(await html.text()).toContain('Set a new password')
  })

  it('shows no secret to others on the machine', () => {
    const kept = JSON.parse(fs.readFileSync(join(data, 'dev.json'), 'utf8')) as Record<string, unknown>
    expect(kept).toMatchObject({ pid: dev.child.pid, url: dev.url, port, databaseUrl: dev.database_url })
    expect(kept['neonEndpoint']).toMatch(/^127\.0\.0\.1:\d+$/)
    const open = fs.readdirSync(data).filter((name) => (fs.statSync(join(data, name)).mode & 0o077) !== 0)
    expect(open).toEqual([])
    const secrets = [String(kept['operatorKey']), dev.master_key, new URL(dev.database_url).password]
    const commands = descendants(dev.child.pid ?? 0).map(({ command }) => command)
    expect(commands.length).toBeGreaterThan(3)
    expect(commands.filter((command) => secrets.some((secret) => command.includes(secret)))).toEqual([])
  })

  it('takes new apps at once, and each name once', async () => {
    const made = await tenant('create', 'shop', '--json')
    expect(made.stderr).toBe('')
    const app = JSON.parse(made.stdout) as Record<'app' | 'url' | 'host' | 'api_key' | 'master_key', string>
    expect(Object.keys(app)).toEqual(['app', 'url', 'host', 'api_key', 'master_key'])
    expect(app).toMatchObject({ app: 'shop', url: `http://shop.localhost:${port}`, host: 'shop.localhost' })
    expect((await anonymous(app.host, app.api_key)).status).toBe(200)
    expect((await anonymous(app.host, dev.api_key)).status).toBe(401)

    const [again, elsewhere, list, shown] = await Promise.all([
      tenant('create', 'shop', '--json'),
      tenant('create', 'shop', '--host', 'shop.example.com'),
      tenant('list'),
      tenant('show', 'shop'),
    ])
    expect([again.code, again.stderr]).toEqual([
      1,
      'error: the app shop is at shop.localhost already. Its API key: npm run tenant -- show shop; ' +
        'a new master key: npm run tenant -- rotate-keys shop --master-key\n',
    ])
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { name: 'Duplicated' } })
    expect(elsewhere).toMatchObject({ code: 1, stdout: '' })
    expect(list.stdout).toMatch(/^demo\.localhost +demo +default$/m)
    expect(list.stdout).toMatch(/^localhost +→ demo\.localhost$/m)
    expect(shown.stdout).toContain(app.api_key)
    expect(shown.stdout).not.toContain(app.master_key)
    expect((await anonymous(app.host, app.api_key)).status).toBe(200)
  })

  it('changes an app at once, by every command', async () => {
    const json = async (...args: string[]) => {
      const { stdout, stderr } = await tenant(...args, '--json')
      expect(stderr, args.join(' ')).toBe('')
      return JSON.parse(stdout) as Record<string, never>
    }
    const made = (await json('create', 'desk')) as Record<'api_key' | 'master_key', string>
    const status = async (key: string, at = 'desk.localhost') => (await anonymous(at, key)).status
    expect(await status(made.api_key)).toBe(200)

    const changes = [{ path: '/app_config/cors', after: { origin: '*' } }]
    const args = ['set', 'desk', 'app_config.cors.origin', '*'] as const
    expect(await json(...args, '--dry-run')).toMatchObject({ changes })
    expect(await json(...args)).toMatchObject({ changes })
    expect(await json(...args)).toMatchObject({ changes: [] })
    const refused = await tenant('set', 'desk', 'app_config.colour', 'red')
    expect([refused.code, lines(refused.stderr)]).toEqual([
      1,
      ['error: the document is not valid: /app_config/colour is not a known key'],
    ])

    await json('alias', 'desk.example', 'desk')
    expect(await status(made.api_key, 'desk.example')).toBe(200)
    await json('plan', 'free', '--gears', 'record')
    await json('set', 'desk', 'plan', 'free')
    expect(await status(made.api_key)).toBe(403)
    expect(await json('list', '--plan', 'free')).toMatchObject([{ app_id: 'desk' }])
    await json('plan', 'free', '--all')
    expect(await status(made.api_key)).toBe(200)

    const rotated = await json('rotate-keys', 'desk', '--api-key')
    const { api_key: fresh } = rotated['fresh'] as unknown as { api_key: string }
    expect([await status(fresh), await status(made.api_key)]).toEqual([200, 200])
    await json('rotate-keys', 'desk', '--api-key', '--drop-old')
    expect([await status(fresh), await status(made.api_key)]).toEqual([200, 401])
    await json('rotate-keys', 'desk', '--master-key')
    expect([await status(made.master_key), (await tenant('show', 'desk')).stdout]).toEqual([
      401,
      expect.not.stringContaining(made.master_key),
    ])

    await json('suspend', 'desk')
    expect(await status(fresh)).toBe(403)
    await json('resume', 'desk')
    expect(await status(fresh)).toBe(200)
    expect(await tenant('delete', 'desk')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect(await json('delete', 'desk', '--yes')).toMatchObject({
      deleted: ['desk.example', 'desk.localhost'],
      stays: [expect.stringContaining('app_desk'), expect.anything()],
    })
    expect([await status(fresh), await status(fresh, 'desk.example')]).toEqual([404, 404])
    expect(await tenant('delete', 'desk', '--yes')).toMatchObject({ code: 1 })
  }, 90_000)

  it('knows the schemas it has made', async () => {
    const { code, stdout } = await run('migrate.ts', ['status', '--app', 'demo', '--data', data])
    expect(code).toBe(0)
    expect(stdout.match(/at head$/gm)).toHaveLength(4)
  })

  it('refuses a second dev on its data, a used port and an unknown option, in one line each', async () => {
    const free = String(await freePort())
    const other = `${data}-2`
    const outcomes = await Promise.all([
      run('dev.ts', ['--data', data, '--port', free]),
      run('dev.ts', ['--data', other, '--port', String(port)]),
      run('dev.ts', ['--data', data, '--port', free, '--prot']),
    ])
    fs.rmSync(other, { recursive: true, force: true })
    expect(outcomes.map(({ code, stdout }) => [code, stdout])).toEqual([
      [1, ''],
      [1, ''],
      [2, ''],
    ])
    expect(outcomes.map(({ stderr }) => lines(stderr))).toEqual([
      [expect.stringMatching(/^error: npm run dev already runs on .+ \(pid \d+\): stop it, or .+$/)],
      [expect.stringMatching(/^error: Port \d+ is in use: .+ --port\.$/)],
      ['error: no option "--prot": see npm run dev -- --help'],
    ])
  })

  it('says so when the database given cannot be reached', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port: dead } = closed.address() as AddressInfo
    closed.close()
    const folder = `${data}-3`
    const { code, stderr } = await run('dev.ts', ['--data', folder, '--port', String(await freePort())], {
      DATABASE_URL: `postgres://me:secret@127.0.0.1:${dead}/mine`,
    })
    fs.rmSync(folder, { recursive: true, force: true })
    expect(code).toBe(1)
    expect(lines(stderr)).toEqual([expect.stringContaining(`127.0.0.1:${dead}/mine: connect ECONNREFUSED`)])
    expect(stderr).not.toContain('secret')
  })

  it('leaves no process after Ctrl-C, and keeps data, apps and keys', async () => {
    const signup = { auth_data: { username: 'kept' }, password: 'correct horse' }
    expect((await call(port, dev.host, '/auth/signup', dev.api_key, signup)).status).toBe(200)
    const started = descendants(dev.child.pid ?? 0)
    expect(await dev.ended('SIGINT')).toBe(0)
    await expect.poll(() => remaining(started), { timeout: 5000 }).toEqual([])

    const [created, list] = [await tenant('create', 'offline', '--json'), await tenant('list')]
    expect(created).toMatchObject({ code: 0, stderr: '' })
    expect(list.stdout).toMatch(/^offline\.localhost +offline/m)
    expect(await tenant('create', 'offline')).toMatchObject({ code: 1 })

    const begun = Date.now()
    const before = dev
    dev = await startDev(port, data)
    expect(Date.now() - begun).toBeLessThan(RESTART_MS_MAX)
    expect([dev.api_key, dev.master_key]).toEqual([before.api_key, before.master_key])
    expect((await call(port, dev.host, '/auth/login', dev.api_key, signup)).status).toBe(200)
    const offline = JSON.parse(created.stdout) as Record<'host' | 'api_key', string>
    expect((await anonymous(offline.host, offline.api_key)).status).toBe(200)
  }, 60_000)

  it('stops all when a part of it ends, and starts afresh with --reset', async () => {
    const started = descendants(dev.child.pid ?? 0)
    const postgres = started.find(({ command }) => / -D .*listen_addresses/.test(command))
    process.kill(postgres?.pid ?? 0, 'SIGKILL')
    expect(await dev.ended()).toBe(1)
    expect(dev.stderr()).toMatch(/^error: Postgres has ended: .+$/m)
    await expect.poll(() => remaining(started), { timeout: 5000 }).toEqual([])

    const before = dev
    dev = await startDev(port, data, '--reset')
    expect(dev.api_key).not.toBe(before.api_key)
    expect((await tenant('list')).stdout).not.toContain('shop')
    const restarted = descendants(dev.child.pid ?? 0)
    dev.child.kill('SIGKILL')
    await expect.poll(() => remaining(restarted), { timeout: 8000 }).toEqual([])
  }, 60_000)
})

describe('npm run tenant', () => {
  it.for([
    [['create', 'Shop'], /^error: "Shop" is no app name: .+$/],
    [['create', 'operator'], /^error: the name "operator" is reserved$/],
    [['create', 'a', '--host', 'a b'], /^error: "a b" is no hostname$/],
    [
      ['create', 'a', '--host', 'operator.localhost'],
      /^error: the host operator\.localhost is the operator's$/,
    ],
    [
      ['create', 'a', '--remote'],
      /^error: with --remote, give --host, or CLUSTER_DOMAIN in the environment$/,
    ],
    [['set', 'a', 'plan'], /^error: give either a value or --unset$/],
    [['set', 'a', 'plan', 'x', '--unset'], /^error: give either a value or --unset$/],
    [['rotate-keys', 'a'], /^error: give one of --api-key, --master-key, --secret and --signing$/],
    [['rotate-keys', 'a', '--secret', '--api-key'], /^error: give one of --api-key, .+$/],
    [
      ['alias', 'b.example', 'a', '--assignment', 'x'],
      /^error: --assignment is one of default, .+, not "x"$/,
    ],
    [['plan', 'p', '--all', '--gears', 'auth'], /^error: give either --gears or --all$/],
    [['reseal'], /^error: give either an app or --all$/],
    [['create'], /^error: Missing required positional argument: NAME$/],
    [['make'], /^error: no command "make": one of create, list, show, .+, adopt, sync, import$/],
    [[], /^error: which command\? see npm run tenant -- --help$/],
  ] as const)('%j is answered with how to ask', async ([args, line]) => {
    const { code, stdout, stderr } = await runHere(tenantCommand, args)
    expect([code, stdout, lines(stderr)]).toEqual([2, '', [expect.stringMatching(line)]])
  })

  it('explains itself', async () => {
    const { code, stdout } = await run('tenant.ts', ['create', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('npm run tenant -- create [OPTIONS] <NAME>')
  })
})
