import { once } from 'node:events'
import * as fs from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { parseGithub } from '../../cli/migrate/github.ts'
import { freshSchema } from '../migrate/run.fixture.ts'
import { run } from './processes.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const ETAG = '"first"'

const folder = fs.mkdtempSync(join(tmpdir(), 'skygear-test-'))
const asked: IncomingMessage[] = []
let tarball: Buffer
/** Stands for api.github.com: a repository of ours, a private one, a broken one. */
const github = createServer((request, response) => {
  asked.push(request)
  const [path = ''] = (request.url ?? '').split('?')
  const allowed = `Basic ${Buffer.from('ana:hunter2').toString('base64')}`
  if (path === '/codeload') {
    if (request.headers['if-none-match'] === ETAG) return response.writeHead(304).end()
    return response.writeHead(200, { etag: ETAG }).end(tarball)
  }
  if (path.startsWith('/repos/own/broken/')) return response.end('not a tarball')
  if (path.startsWith('/repos/own/cut/')) return response.end(tarball.subarray(0, 200))
  if (path.startsWith('/repos/own/private/') && request.headers.authorization !== allowed)
    return response.writeHead(401).end('{"message":"Bad credentials"}')
  if (!/^\/repos\/own\/(private|open)\/tarball\/(HEAD|main|feature\/x|[0-9a-f]{40})$/.test(path))
    return response.writeHead(404).end()
  return response.writeHead(302, { location: '/codeload' }).end()
})

beforeAll(async () => {
  const top = join(folder, `own-open-${COMMIT.slice(0, 7)}`)
  const files = {
    'migrations/core/1536736169_Initial-user.up.sql': 'create table from_github (id int);',
    'migrations/core/1536736169_Initial-user.down.sql': 'drop table from_github;',
    'migrations/core/templates/template.up.sql': '',
    'empty/templates/template.up.sql': '',
  }
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(join(top, path, '..'), { recursive: true })
    fs.writeFileSync(join(top, path), text)
  }
  const file = join(folder, 'own.tar.gz')
  await create({ gzip: true, file, cwd: folder }, [`own-open-${COMMIT.slice(0, 7)}`])
  tarball = fs.readFileSync(file)
  github.listen(0, '127.0.0.1')
  await once(github, 'listening')
})
afterEach(() => asked.splice(0))
afterAll(() => {
  github.close()
  fs.rmSync(folder, { recursive: true })
})

const api = () => `http://127.0.0.1:${(github.address() as AddressInfo).port}`
let caches = 0
const freshCache = () => join(folder, `cache-${(caches += 1)}`)
const migrate = (source: string, cache: string = freshCache(), ...args: readonly string[]) => {
  const on = ['--module', 'core', '--database', inject('databaseUrl'), '--source', source]
  const command = args.length > 0 ? args : ['up', '--dry-run', '--schema', freshSchema()]
  return run('migrate.ts', [...command, ...on], { GITHUB_API_URL: api(), XDG_CACHE_HOME: cache })
}

describe('a module’s files', () => {
  it('come from a repository on GitHub', async () => {
    const schema = freshSchema()
    const cache = freshCache()
    const source = 'github://:@own/open/migrations/core#main'
    const { code, stdout } = await migrate(source, cache, 'up', '--schema', schema)
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${schema}  core  - → 1536736169\n` })
    expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/repos/own/open/tarball/main', undefined],
      ['/codeload', undefined],
    ])
    expect((await migrate(source, cache, 'down', '--schema', schema)).stdout).toContain('1536736169 → -')
  })

  it('come with a user and token, of which nothing is printed or kept', async () => {
    const cache = freshCache()
    const source = 'github://ana:hunter2@own/private/migrations/core#feature/x'
    const { code, stdout, stderr } = await migrate(source, cache)
    expect(code).toBe(0)
    expect(asked[0]?.url).toBe('/repos/own/private/tarball/feature/x')
    const kept = fs.readdirSync(cache, { recursive: true, withFileTypes: true })
    const texts = kept
      .filter((each) => each.isFile())
      .map(({ parentPath, name }) => fs.readFileSync(join(parentPath, name), 'utf8'))
    expect([stdout, stderr, ...texts, ...kept.map(({ name }) => name)].join()).not.toMatch(/hunter2|ana:/)
  })

  it('are downloaded once for a commit, and again where a branch has moved', async () => {
    const cache = freshCache()
    await migrate(`github://own/open/migrations/core#${COMMIT}`, cache)
    await migrate(`github://own/open/migrations/core#${COMMIT}`, cache)
    expect(asked).toHaveLength(2)
    await migrate('github://own/open/migrations/core', cache)
    await migrate('github://own/open/migrations/core', cache)
    expect(asked.map(({ headers }) => headers['if-none-match']).slice(2)).toEqual([
      undefined,
      undefined,
      ETAG,
      ETAG,
    ])
  })
})

describe('a source that cannot be used is one line:', () => {
  it.concurrent.for([
    ['github://ana:hunter2@own', 2, '--source must be github://[user:token@]owner/repository/path[#ref]'],
    ['github://ana:hunter2@own/open/..%2f..%2fx', 2, '--source must be github://'],
    [
      'github://ana:wrong@own/private/migrations/core#main',
      1,
      'GitHub does not accept the user and token (401)',
    ],
    ['github://ana:hunter2@own/open/migrations/core#none', 1, 'own/open at none: no such repository or ref'],
    ['github://ana:hunter2@own/open/nowhere#main', 1, 'own/open at main has no folder nowhere'],
    ['github://ana:hunter2@own/open/empty#main', 1, 'empty has no migrations'],
    ['github://ana:hunter2@own/broken/x#main', 1, 'cannot unpack own/broken at main'],
    ['github://ana:hunter2@own/cut/x#main', 1, 'cannot unpack own/cut at main'],
    ['/no/such/folder', 1, 'there is no folder /no/such/folder'],
  ] as const)('%s', async ([source, code, message], { expect }) => {
    const outcome = await migrate(source)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toMatch(/^error: .+\n$/)
    expect(outcome.stderr).toContain(message)
    expect(outcome.stderr).not.toMatch(/hunter2|wrong/)
  })

  it('GitHub cannot be reached', async () => {
    const outcome = await run(
      'migrate.ts',
      [
        'up',
        '--app',
        'a',
        '--module',
        'core',
        '--source',
        'github://ana:hunter2@own/open/x',
        '--database',
        'x',
      ],
      { GITHUB_API_URL: 'http://127.0.0.1:1', XDG_CACHE_HOME: freshCache() },
    )
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: cannot download own\/open at HEAD: .+\n$/),
    })
    expect(outcome.stderr).not.toContain('hunter2')
  })
})

it.each([
  ['github://:@skygeario/skygear-server/migrations/core#6918eed', { user: '', token: '', ref: '6918eed' }],
  ['github://skygeario/skygear-server/migrations/core', { user: '', token: '', ref: 'HEAD' }],
  [
    'github://a%40b:t%2Fk@skygeario/skygear-server/migrations/core#v1.0',
    { user: 'a@b', token: 't/k', ref: 'v1.0' },
  ],
])('%s names a folder of a repository', (source, expected) => {
  expect(parseGithub(source)).toEqual({
    owner: 'skygeario',
    repository: 'skygear-server',
    path: 'migrations/core',
    ...expected,
  })
})
