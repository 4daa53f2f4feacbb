import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Json, TestApp } from '../../support/app.ts'
import { forgot, linkIn, mailApp, mailUser, open } from './mail-app.ts'

const dataUrl = (text: string) => `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`
const item = (type: string, text: string, language_tag = '', key = '') => ({
  type,
  language_tag,
  key,
  uri: dataUrl(text),
})
const idOf = async ({ host }: TestApp) =>
  (await env.TENANTS.get<{ app_id: string }>(`host:${host}`, 'json'))?.app_id
const withTemplates = (template_items: readonly Json[], app_config: Json = {}) =>
  mailApp(app_config, {}, { document: { template_items } })

describe('the welcome mail', () => {
  it('is sent after a sign-up with an address, where the app wants it', async () => {
    const app = await mailApp({
      welcome_email: {
        enabled: true,
        sender: '"Notes & Co" <hello@notes.example>',
        reply_to: 'help@notes.example',
        subject: 'Grüezi',
      },
    })
    const ana = await mailUser(app)
    await app.guest()
    await app.signUp('nameonly')
    expect(app.mails).toEqual([
      {
        from: '"Notes & Co" <hello@notes.example>',
        replyTo: 'help@notes.example',
        to: ana.email,
        subject: 'Grüezi',
        text: expect.stringContaining(
          `welcome to Notes & Co! Your account has been made for ${ana.email}`,
        ) as unknown,
        html: expect.stringContaining('welcome to Notes &amp; Co!') as unknown,
      },
    ])
  })

  it('goes to the first of a user’s addresses, or to all of them, each once', async () => {
    const sentTo = async (destination: string) => {
      const app = await mailApp(
        {
          auth: {
            authentication_session: { secret: crypto.randomUUID() },
            login_id_keys: [
              { key: 'work', type: 'email' },
              { key: 'home', type: 'email' },
              { key: 'email', type: 'email' },
              { key: 'nick', type: 'raw' },
            ],
          },
          user_verification: {},
          welcome_email: { enabled: true, destination },
        },
        { auth_record_keys: [['email'], ['work'], ['nick']] },
      )
      await app.call('auth:signup', {
        auth_data: { email: 'ana@example.com' },
        password: 'secret',
        profile: { work: 'ana@work.example', home: 'no-login-id@example.com', nick: 'nick@example.com' },
      })
      await app.call('auth:signup', {
        auth_data: { email: 'ben@example.com' },
        password: 'secret',
        profile: { work: 'BEN@example.com' },
      })
      return app.mails.map(({ to }) => to)
    }
    expect(await sentTo('first')).toEqual(['ana@work.example', 'BEN@example.com'])
    expect(await sentTo('all')).toEqual(['ana@work.example', 'ana@example.com', 'BEN@example.com'])
  })

  it('is not sent where the app does not, and a provider that fails harms no sign-up', async () => {
    const quiet = await mailApp()
    await mailUser(quiet)
    expect(quiet.mails).toEqual([])
    const broken = await mailApp({ welcome_email: { enabled: true } }, {}, { mailFault: 'smtp: down' })
    await mailUser(broken)
    expect(broken.reports).toEqual(['welcome mail: smtp: down'])
  })
})

describe('an app’s own texts', () => {
  it('take the place of the bundled ones, text and HTML each as the app has them', async () => {
    const app = await withTemplates([
      item('forgot_password_email.txt', '{{appname}}: {{ .user.nick }} {{user.id}} {{{link}}}'),
      item('forgot_password_reset.html', '<b>{{user_id}}</b>{{#error}}{{error.message}}{{/error}}'),
    ])
    const ana = await mailUser(app, { nick: 'Ana' })
    await forgot(app, ana.email)
    const { url } = linkIn(app)
    expect(app.mails.at(-1)?.text).toBe(`Notes & Co: Ana ${ana.id} ${url.href}`)
    expect(app.mails.at(-1)?.html).toBeUndefined()
    expect(await (await open(app, url)).text()).toBe(`<b>${ana.id}</b>`)
  })

  it('name a user as v1’s record and as v2’s object', async () => {
    const fields = ['user.nick', '.user.ID', '.user.Metadata.nick', '.user.Verified', '.user.CreatedAt']
    const app = await withTemplates([
      item('forgot_password_email.txt', fields.map((name) => `{{ ${name} }}`).join(' ')),
      item('welcome_email.txt', '{{user.nick}} {{.user.Metadata.nick}} {{.user.ID}} {{user._id}}'),
    ])
    const ana = await mailUser(app, { nick: 'Ana' })
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toMatch(
      new RegExp(`^Ana ${ana.id} Ana false \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`),
    )
    const welcoming = await withTemplates(
      [item('welcome_email.txt', '{{user.nick}} {{.user.ID}} {{user._id}}')],
      {
        welcome_email: { enabled: true },
      },
    )
    const ben = await mailUser(welcoming, { nick: 'Ben' })
    expect(welcoming.mails[0]?.text).toBe(`Ben ${ben.id} `)
  })

  it('can be files of the app, private ones, too; another app’s are none', async () => {
    const name = 'template-1f.txt'
    const uri = `asset-gear:///${name}`
    const items = [{ type: 'forgot_password_email.txt', uri, digest: 'sha256:ab' }]
    const [app, other] = [await withTemplates(items), await withTemplates(items)]
    await env.ASSETS.put(`${await idOf(app)}/${name}`, 'Grüezi {{email}}')
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toBe(`Grüezi ${ana.email}`)

    const ben = await mailUser(other)
    await forgot(other, ben.email)
    expect(other.mails.at(-1)?.text).toContain('somebody, hopefully you')
    expect(other.reports).toEqual(['template forgot_password_email.txt : is no file of the app'])
  })

  it.each([
    ['too large', new Uint8Array(1024 * 1024 + 1).fill(0x61), 'is larger than 1048576 bytes'],
    ['no text', new Uint8Array([0x47, 0xff]), 'cannot be read'],
  ])('that are a file and %s are reported, and the bundled one is sent', async (_, bytes, fault) => {
    const app = await withTemplates([
      { type: 'forgot_password_email.txt', uri: 'asset-gear:///holiday/a%20b.txt' },
    ])
    await env.ASSETS.put(`${await idOf(app)}/holiday/a b.txt`, bytes)
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toContain('somebody, hopefully you')
    expect(app.reports).toEqual([`template forgot_password_email.txt : ${fault}`])
  })

  it('are chosen by the reader’s languages, then any, then the first', async () => {
    const app = await withTemplates([
      item('user_verification_email.txt', 'english', 'en'),
      item('user_verification_email.txt', 'deutsch', 'de'),
      item('user_verification_email.txt', '繁體', 'zh-Hant'),
    ])
    const inLanguage = async (header: string) => {
      const ana = await mailUser(app)
      await app.send('/user/verify_request', {
        method: 'POST',
        headers: {
          'x-skygear-api-key': app.apiKey,
          'x-skygear-access-token': ana.token,
          'accept-language': header,
        },
        body: JSON.stringify({ args: { record_key: 'email' } }),
      })
      return app.mails.at(-1)?.text
    }
    expect(await inLanguage('fr;q=0.9, de-CH;q=0.8, en;q=0.1')).toBe('deutsch')
    expect(await inLanguage('zh-Hant-HK, en')).toBe('繁體')
    expect(await inLanguage('de;q=0, pt')).toBe('english')
    expect(await inLanguage('')).toBe('english')
  })

  it('can be one for each field that is verified', async () => {
    const app = await withTemplates([
      item('user_verification_sms.txt', 'any {{code}}'),
      item('user_verification_sms.txt', 'phone {{code}}', '', 'phone'),
    ])
    const ana = await mailUser(app, { phone: '+85298765432' })
    await app.call('user:verify_request', { args: { record_key: 'phone' } }, ana)
    expect(app.texts.at(-1)?.text).toMatch(/^phone \d{6}$/)
  })

  it.each([
    ['of Go', '{{ if .error }}x{{ end }}', 'is a Go template: write its conditions as Mustache sections'],
    ['that is none', '{{#open}}', 'is no Mustache template'],
  ])('%s are reported, and the bundled one is sent', async (_, text, fault) => {
    const app = await withTemplates([item('forgot_password_email.txt', text, 'en')])
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toContain('somebody, hopefully you')
    expect(app.reports).toEqual([`template forgot_password_email.txt en: ${fault}`])
  })

  it('server-side request forgery: are never read from this machine or its network', async () => {
    const app = await mailApp(
      {},
      {},
      {
        document: {
          template_items: [
            { type: 'forgot_password_email.txt', uri: 'http://127.0.0.1:1/' },
            { type: 'forgot_password_email.html', uri: 'https://169.254.169.254/latest/meta-data' },
          ],
        },
      },
    )
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toContain('somebody, hopefully you')
    expect(app.reports).toHaveLength(2)
  })

  it('template injection: what a user writes is never a template', async () => {
    const app = await withTemplates([item('forgot_password_email.txt', '[{{user.nick}}]')])
    const ana = await mailUser(app, { nick: '{{code}}{{{link}}}{{#user}}{{id}}{{/user}}' })
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toBe('[{{code}}{{{link}}}{{#user}}{{id}}{{/user}}]')
  })

  it('template injection: a template reaches texts and no code behind them', async () => {
    const app = await withTemplates([
      item(
        'forgot_password_email.txt',
        '[{{constructor}}{{user.constructor.name}}{{#user.constructor.constructor}}x{{/user.constructor.constructor}}{{appname.length}}{{__proto__}}{{user._id}}]',
      ),
    ])
    const ana = await mailUser(app)
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.text).toMatch(/^\[\d*\]$/)
  })

  it('HTML injection: a profile is shown as text in the HTML of a mail', async () => {
    const app = await withTemplates([
      item('forgot_password_email.txt', 'x'),
      item('forgot_password_email.html', '<p>{{user.nick}}</p>'),
    ])
    const ana = await mailUser(app, { nick: '<a href="https://evil.example">Log in</a>' })
    await forgot(app, ana.email)
    expect(app.mails.at(-1)?.html).toBe(
      '<p>&lt;a href&#x3D;&quot;https:&#x2F;&#x2F;evil.example&quot;&gt;Log in&lt;&#x2F;a&gt;</p>',
    )
  })
})
