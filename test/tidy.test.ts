import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { register } from '../src/gateway/route.ts'
import { gears } from '../src/gears.ts'
import { filesOf, readSources, sourceOf } from './support/source.ts'
import * as rules from './support/tree-rules.ts'
import type { Rule } from './support/tree-rules.ts'

const product = readSources('src', 'drizzle', 'migrations/bundle.ts', 'cli', 'local')
const tests = readSources('test')
const everything = [...product, ...tests]
const paths = ['src', 'drizzle', 'migrations', 'cli', 'local', 'test'].flatMap(filesOf)

/** What breaks the rule: one line of a module, which is all that it is. */
type Row = { title: string; rule: Rule; breaks: readonly (readonly [path: string, text: string])[] }

const ROWS: readonly Row[] = [
  {
    title: 'imports only what the import table allows',
    rule: rules.importsAllowed,
    breaks: [
      ['src/core/x.ts', `import { a } from '../gateway/app.ts'`],
      ['src/core/x.ts', `import { a } from '../../drizzle/record.ts'`],
      ['src/core/x.ts', `import type { a } from '../platform/neon.ts'`],
      ['src/gateway/document/x.ts', `import { a } from '../../gear/auth/me.ts'`],
      ['src/gear/auth/x.ts', `export { a } from '../record/query/parse.ts'`],
      ['src/gear/auth/x.ts', `const a = await import('../../platform/neon.ts')`],
      ['src/platform/x.ts', `import '../gateway/app.ts'`],
      ['src/migrate/x.ts', `export * from '../platform/neon.ts'`],
      ['src/gears.ts', `import { a } from '../cli/dev.ts'`],
      ['src/other.ts', ''],
      ['drizzle/x.ts', `import { a } from '../src/core/sql.ts'`],
      ['migrations/bundle.ts', `import a from './core/1_a.down.sql'`],
      ['cli/x.ts', `import { a } from '../src/worker.ts'`],
      ['cli/dev/x.ts', `import { a } from '../../src/gear/auth/me.ts'`],
      ['local/x.ts', `import { a } from '../src/core/sql.ts'`],
      ['test/conformance/x.ts', `import { a } from '../support/app.ts'`],
    ],
  },
  {
    title: 'keeps vendors and hosts where they belong',
    rule: rules.packagesAllowed,
    breaks: [
      ['src/gear/pubsub/gear.ts', `import { DurableObject } from 'cloudflare:workers'`],
      ['src/gear/auth/x.ts', `import { Hono } from 'hono/tiny'`],
      ['src/gateway/x.ts', `import { neon } from '@neondatabase/serverless'`],
      ['src/core/x.ts', `import { jwtVerify } from 'jose'`],
      ['src/gear/record/x.ts', `import { readFileSync } from 'node:fs'`],
      ['src/migrate/run.ts', `import pg from 'pg'`],
    ],
  },
  {
    title: 'keeps what only a Worker can load out of the way of Node',
    rule: rules.loadableAnywhere,
    breaks: [
      ['src/migrate/files.ts', `import up from '../../migrations/core/1_a.up.sql'`],
      ['src/gear/pubsub/gear.ts', `import { PubsubHub } from './hub.ts'`],
    ],
  },
  {
    title: 'keeps every module within 300 lines',
    rule: rules.short,
    breaks: [['src/core/x.ts', 'f()\n'.repeat(rules.LINES_MAX + 1)]],
  },
  {
    title: 'decides nothing in core and gears by clock, chance or the outside world',
    rule: rules.pure,
    breaks: [
      ['src/core/x.ts', 'const a = Date.now()'],
      ['src/core/x.ts', 'const now = Date.now'],
      ['src/core/x.ts', 'const a = new Date()'],
      ['src/gear/auth/x.ts', 'const a = Math.random()'],
      ['src/gear/auth/x.ts', 'const a = crypto.randomUUID()'],
      ['src/gear/auth/x.ts', `const a = await crypto.subtle.digest('SHA-256', b)`],
      ['src/gear/auth/x.ts', `const a = await fetch('https://a.example')`],
      ['src/gear/auth/x.ts', `const a = globalThis.fetch('https://a.example')`],
      ['src/gear/auth/x.ts', 'setTimeout(run, 1)'],
    ],
  },
]

it('sees the source, and tells its lines and imports', () => {
  expect(product.length).toBeGreaterThan(60)
  expect(product.flatMap(({ imports }) => imports).length).toBeGreaterThan(200)
  expect(tests.map(({ path }) => path)).toContain('test/tidy.test.ts')
})

describe.each(ROWS)('the tree $title', ({ rule, breaks }) => {
  it('today', () => expect(rule(everything)).toEqual([]))

  it.each(breaks)('or the rule says so: %s %j', (path, text) => {
    expect(rule([sourceOf(path, text)])).not.toEqual([])
  })
})

it('has no cycle of imports, but of types', () => {
  const modules = (kind: string) => [
    sourceOf('src/core/a.ts', `import { b } from './b.ts'`),
    sourceOf('src/core/b.ts', `import { c } from './c.ts'`),
    sourceOf('src/core/c.ts', `import ${kind} { a } from './a.ts'`),
  ]
  expect(rules.withoutCycles(modules(''))).toEqual([
    'src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
  ])
  expect(rules.withoutCycles(modules('type'))).toEqual([])
  expect(rules.withoutCycles(everything)).toEqual([])
})

it('is made of modules of a thought each: half of them have at most 120 lines', () => {
  const lines = product.map((source) => source.lines).toSorted((a, b) => a - b)
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(120)
})

it('calls nothing utils, helpers, common, misc or shared', () => {
  const bad = ['src/utils.ts', 'src/helpers/a.ts', 'test/gear/common/x.test.ts', 'cli/misc.sql', 'shared']
  expect(rules.named([...bad, 'src/core/commonmark.ts', 'src/gear/helper-text.ts'])).toEqual(bad)
  expect(rules.named(paths)).toEqual([])
})

describe('each decision is made in one place:', () => {
  it('a failure’s status, but for those that the catalogue of failures has no word for', () => {
    const planted = sourceOf('src/gear/x/x.ts', 'const a = { status: 418 as const, code: 404 }')
    expect(rules.statusNumbers([planted])).toEqual(['src/gear/x/x.ts 418'])
    const elsewhere = rules
      .statusNumbers(product)
      .filter((found) => !found.startsWith('src/core/failure.ts '))
    expect(elsewhere.toSorted()).toEqual([
      'src/core/fault.ts 401', // PasswordPolicyViolated is 400; who may not go on is not authenticated.
      'src/gateway/body.ts 413', // BadRequest is 400; HTTP has a status for a body that is too large.
      'src/gateway/dialect.ts 502', // v2's gateway is one: the catalogue's 503 is v1's.
      'src/gateway/serve-v2.ts 405', // UndefinedOperation is 404; v2 tells a wrong method from a wrong path.
      'src/gateway/store-fault.ts 503', // UnexpectedError is 500; a tenant store that is away comes back.
      'src/gear/asset/serve-file.ts 416', // RFC 9110 has a status for a range behind the end.
      'src/gear/asset/v2/retrieve.ts 401', // v2 answers a private asset so, without a word.
      'src/gear/auth/limits.ts 429', // PermissionDenied is 403; this one ends by itself.
      'src/gear/auth/me.ts 404', // UnexpectedAuthInfoNotFound is 500; whom the master key names is its holder's doing.
      'src/gear/pubsub/gear.ts 426', // BadRequest is 400; RFC 9110 has a status for a missing upgrade.
      'src/platform/scrypt-passwords.ts 503', // UnexpectedError is 500; a full queue empties.
    ])
  })

  it('an outcome’s bytes, but for surfaces without the envelope', () => {
    const planted = ['new Response(null)', 'Response.json({})', `Response.redirect('/')`].map((text, i) =>
      sourceOf(`src/gear/x/${i}.ts`, text),
    )
    expect(rules.responsesMade(planted)).toHaveLength(3)
    expect(rules.responsesMade(product).toSorted()).toEqual([
      'src/gateway/app.ts Response', // preflights, the API document, and an upgrade with our header
      'src/gateway/render.ts Response',
      'src/gear/asset/serve-file.ts Response', // a file’s bytes
      'src/gear/asset/serve-picture.ts Response', // a picture’s bytes
      'src/gear/asset/v2/playground.ts Response', // a page of development mode
      'src/gear/asset/v2/retrieve.ts Response', // a private file’s 401, which is empty
      'src/gear/auth/gear.ts Response', // the key set
      'src/gear/auth/page.ts Response', // the pages of links in mails
      'src/gear/pubsub/hub.ts Response', // an upgrade
    ])
  })

  it('the quoting of an identifier', () => {
    const planted = ['const a = `select "${b}"`', `const a = '"' + b`].map((text, i) =>
      sourceOf(`src/gear/x/${i}.ts`, text),
    )
    expect(rules.quotedByHand(planted)).toHaveLength(2)
    expect(rules.quotedByHand(product).toSorted()).toEqual([
      'src/core/metrics.ts quotes', // Prometheus' labels
      'src/core/sql.ts quotes',
      'src/gear/asset/variant.ts quotes', // entity tags
    ])
  })
})

describe('the register', () => {
  it('names no gear, action or route twice', () => {
    expect(register(gears).actions.size).toBeGreaterThan(5)
    const [first] = gears
    expect(() => register([...gears, ...(first ? [first] : [])])).toThrow('two gears have one name')
  })

  it('has a test file for every action', () => {
    const actions = gears.flatMap(({ name, actions: all }) =>
      Object.keys(all).map((action) => [name, action] as const),
    )
    const planted = [
      ['echo', 'echo:say'],
      ['_status', 'home'],
    ] as const
    expect(
      rules.untested(planted, ['test/gear/echo/sayings.test.ts', 'test/gear/status/home-page.test.ts']),
    ).toEqual(['test/gear/echo/say'])
    expect(rules.untested(actions, paths)).toEqual([])
  })

  it('loads in plain Node, without a build', () => {
    const script = `const { gears } = await import('./src/gears.ts'); console.log(gears.length)`
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    })
    expect(Number(said)).toBe(gears.length)
  })
})
