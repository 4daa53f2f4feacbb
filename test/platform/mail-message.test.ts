import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import type { Mail } from '../../src/core/ports.ts'
import { parseMailbox } from '../../src/platform/mail-address.ts'
import { mailMessage } from '../../src/platform/mail-message.ts'

const NOW = new Date('2026-11-20T20:00:00Z')
const aMail = (given: Partial<Mail> = {}): Mail => ({
  from: 'no-reply@notes.example',
  to: 'ana@example.com',
  subject: 'Hello',
  text: 'Hello, Ana',
  ...given,
})
const made = (given: Partial<Mail> = {}) => {
  const message = mailMessage(aMail(given), 'id-1', NOW)
  if (!message.ok) throw new Error(message.error)
  return message.value
}

describe('a mail as a message', () => {
  it('is read by another’s parser as it was meant', async () => {
    const parsed = await PostalMime.parse(
      made({
        from: '"Notizen “München”, 香港" <no-reply@notes.example>',
        replyTo: '"Help" <help@notes.example>',
        subject:
          'Grüße, Ünïcödé 🎉 und ein Betreff, der viel länger ist, als eine Zeile es sein darf: 香港香港香港香港香港香港',
        text: 'Grüße\n.\n..dots\nFrom here\n' + 'long '.repeat(500),
        html: '<p>Grüße</p>\n.\n',
      }).data,
    )
    expect(parsed).toMatchObject({
      from: { name: 'Notizen “München”, 香港', address: 'no-reply@notes.example' },
      to: [{ address: 'ana@example.com' }],
      replyTo: [{ name: 'Help', address: 'help@notes.example' }],
      subject:
        'Grüße, Ünïcödé 🎉 und ein Betreff, der viel länger ist, als eine Zeile es sein darf: 香港香港香港香港香港香港',
      messageId: '<id-1@notes.example>',
    })
    expect(parsed.text?.replaceAll('\r\n', '\n').trimEnd()).toBe(
      'Grüße\n.\n..dots\nFrom here\n' + 'long '.repeat(500).trimEnd(),
    )
    expect(parsed.html).toContain('<p>Grüße</p>')
  })

  it('has only lines that end in CRLF, are ASCII, and no longer than SMTP and MIME allow', () => {
    const { data } = made({
      subject: 'ü'.repeat(300),
      text: 'ü\r\n\r.\n'.repeat(300),
      html: 'x'.repeat(3000),
    })
    expect(data).toMatch(/^[\x20-\x7e\r\n]*$/)
    expect(data.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(Math.max(...data.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78)
    expect(data.endsWith('\r\n')).toBe(true)
  })

  it.each(['\r\nBcc: evil@example.com', '\nBcc: evil@example.com', '\r\n\r\nanother body'])(
    'header injection: %j in a subject or a name stays in it',
    async (attack) => {
      const { data } = made({ subject: `Hello${attack}` })
      expect(data).not.toMatch(/^(?:Bcc|another)/m)
      expect(await PostalMime.parse(data)).toMatchObject({
        text: expect.stringContaining('Hello, Ana') as unknown,
      })
      expect(mailMessage(aMail({ from: `"Ana${attack}" <a@example.com>` }), 'id', NOW).ok).toBe(false)
    },
  )

  it.each([
    'ana@example.com\r\nBcc: evil@example.com',
    'ana@example.com\r\nRCPT TO:<evil@example.com>',
    'ana@example.com>\r\nDATA',
    'ana@example.com, evil@example.com',
    'ana@example.com evil@example.com',
    '<ana@example.com>',
    'Ana <ana@example.com>',
    '"Ana" <ana@example.com> <evil@example.com>',
    '"a\\"b" <a@b> , <c@d.example>',
    'ana@example.com\u0000',
    'ana',
    '@example.com',
    'ana@',
    'ana@exa mple.com',
    'ana@-example.com',
    'ana@example..com',
    'ana@evil.example/example.com',
    'ana@evil.example:25',
    'ana..x@example.com',
    '"quoted local"@example.com',
    'grü ße@example.com',
    'gr\u00a0ße@example.com',
    'ana\u202e@example.com',
    'ana\ud800@example.com',
    `${'ü'.repeat(33)}@example.com`,
    `${'a'.repeat(65)}@example.com`,
  ])('header injection: %j is no address to write to', (to) => {
    expect(mailMessage(aMail({ to }), 'id', NOW)).toMatchObject({ ok: false })
  })

  it('says where it needs a server that takes addresses outside ASCII', () => {
    expect(made({ to: 'ana@münchen.example', subject: 'Grüße' }).needsUtf8).toBe(false)
    expect(made({ to: 'grüße@example.com' })).toMatchObject({ needsUtf8: true, to: 'grüße@example.com' })
    expect(made({ replyTo: 'grüße@example.com' }).needsUtf8).toBe(true)
  })

  it('knows addresses', () => {
    for (const [text, mailbox] of [
      ['ana+notes@Example.COM', { name: null, address: 'ana+notes@example.com' }],
      ['"Ana \\"B\\"" <ana@example.com>', { name: 'Ana "B"', address: 'ana@example.com' }],
      ['ana@grüße.example', { name: null, address: 'ana@xn--gre-6ka8l.example' }],
      ['grüße@example.com', { name: null, address: 'grüße@example.com' }],
      ['grüße@example.com'.normalize('NFD'), { name: null, address: 'grüße@example.com' }],
      ['用户@例え.example', { name: null, address: '用户@xn--r8jz45g.example' }],
    ] as const)
      expect(parseMailbox(text)).toEqual({ ok: true, value: mailbox })
  })
})
