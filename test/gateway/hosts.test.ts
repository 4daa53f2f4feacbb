import { describe, expect, it } from 'vitest'
import {
  gearByLabel,
  gearByPath,
  isAppName,
  normalizeHost,
  parentHost,
  RESERVED_APP_NAMES,
} from '../../src/gateway/hosts.ts'

describe('the host of a Host header', () => {
  it.each([
    ['example.com', 'example.com'],
    ['Example.COM', 'example.com'],
    ['example.com:8080', 'example.com'],
    ['example.com.', 'example.com'],
    ['example.com.:443', 'example.com'],
    ['example.com:', 'example.com'],
    ['localhost', 'localhost'],
    ['demo.localhost:8787', 'demo.localhost'],
    ['127.0.0.1:8787', '127.0.0.1'],
    ['[::1]:8787', '[::1]'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['xn--fsqu00a.example', 'xn--fsqu00a.example'],
    ['my_app.example.com', 'my_app.example.com'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
    [`${'a.'.repeat(126)}a`, `${'a.'.repeat(126)}a`],
  ])('%s is %s', (header, host) => {
    expect(normalizeHost(header)).toBe(host)
  })

  it.each([
    '',
    '.',
    ':80',
    'a..b',
    '.example.com',
    'example.com..',
    'example.com:http',
    'example.com:123456',
    'user@example.com',
    'example.com/path',
    'exa mple.com',
    'example.com\n',
    'example.com, other.example',
    '-a.example',
    'a-.example',
    '例え.jp',
    // The Kelvin sign, which toLowerCase makes a "k".
    '\u212Aey.example',
    '::1',
    '[::1',
    '[]',
    '[example.com]',
    '[fe80::1%25eth0]',
    '*.example.com',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(126)}aa`,
  ])('%j is none', (header) => {
    expect(normalizeHost(header)).toBeNull()
  })
})

it.each([
  ['app.example.com', 'example.com'],
  ['a.b.app1.cloud.com', 'b.app1.cloud.com'],
  ['demo.localhost', 'localhost'],
  ['localhost', null],
  ['127.0.0.1', null],
  ['[::1]', null],
  ['[::ffff:127.0.0.1]', null],
])('the parent of %s is %s', (host, parent) => {
  expect(parentHost(host)).toBe(parent)
})

describe('which gear a request is for', () => {
  it.each([
    ['accounts', 'auth'],
    ['assets', 'asset'],
    ['auth', 'auth'],
    ['asset', 'asset'],
    ['anything', 'anything'],
    ['constructor', 'constructor'],
  ])('the label %s names %s', (label, gear) => {
    expect(gearByLabel(label)).toBe(gear)
  })

  it.each([
    ['/_auth/login', 'auth'],
    ['/_auth/', 'auth'],
    ['/_asset/get/a', 'asset'],
    ['/_auth', null],
    ['/_authx/', null],
    ['/_record/', null],
    ['/x/_auth/', null],
    ['/_AUTH/', null],
    ['/', null],
  ])('the path %s names %s', (path, gear) => {
    expect(gearByPath(path)).toBe(gear)
  })
})

describe('names of new apps', () => {
  it.each(['a', '7', 'notes', 'my-app', 'a--b', '0-0', 'a'.repeat(40)])('%s is one', (name) => {
    expect(isAppName(name)).toBe(true)
  })
  it.each(['', '-a', 'a-', 'My', 'my_app', 'my.app', 'é', 'a\n', 'a'.repeat(41), ...RESERVED_APP_NAMES])(
    '%j is none',
    (name) => {
      expect(isAppName(name)).toBe(false)
    },
  )
  it.each(['www', 'accounts', 'assets', 'api', 'controller', 'portal', 'operator', 'localhost'])(
    '%s is the platform’s',
    (name) => {
      expect(RESERVED_APP_NAMES.has(name)).toBe(true)
    },
  )
})
