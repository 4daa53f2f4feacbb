import { describe, expect, it } from 'vitest'
import { TEMPLATE_BYTES_MAX } from '../../src/core/limits.ts'
import { randomText } from '../../src/platform/random-text.ts'
import { isAllowed, templateSource } from '../../src/platform/template-source.ts'

describe('a template’s URL', () => {
  it.each(['https://notes.example/mail.txt?v=2', 'https://cdn.notes.co.uk/', 'data:text/plain,Hello'])(
    'may be %s',
    (uri) => expect(isAllowed(uri)).toBe(true),
  )

  it.each([
    'http://notes.example/',
    'https://localhost/',
    'https://app.localhost/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://intranet/',
    'https://notes.example:8443/',
    'https://user:pass@notes.example/',
    'file:///etc/passwd',
    'asset-gear:///mail.txt',
    'not a url',
    '',
  ])('server-side request forgery: is never %s', async (uri) => {
    expect(isAllowed(uri)).toBe(false)
    expect(await templateSource(() => 0).read(uri)).toMatchObject({ ok: false })
  })

  it('in the document itself holds the text, of so many bytes', async () => {
    const source = templateSource(() => 0)
    expect(await source.read('data:text/plain;charset=utf-8,Gr%C3%BC%C3%9Fe')).toEqual({
      ok: true,
      value: 'Grüße',
    })
    const large = `data:text/plain,${'x'.repeat(TEMPLATE_BYTES_MAX + 1)}`
    expect(await source.read(large)).toMatchObject({ ok: false })
  })
})

describe('random text', () => {
  it('is of the alphabet, all of it alike', () => {
    const counts = new Map<string, number>()
    for (const each of randomText('0123456789', 50_000)) counts.set(each, (counts.get(each) ?? 0) + 1)
    expect([...counts.keys()].toSorted().join('')).toBe('0123456789')
    // Five thousand of each are expected; 500 off is seven standard deviations.
    for (const count of counts.values()) expect(Math.abs(count - 5_000)).toBeLessThan(500)
  })

  it('is another one each time', () => {
    const texts = Array.from({ length: 100 }, () => randomText('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 32))
    expect(new Set(texts).size).toBe(100)
  })
})
