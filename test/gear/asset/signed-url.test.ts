import { describe, expect, it } from 'vitest'
import { assetUrls, urlFault } from '../../../src/core/asset/url.ts'
import { signedUrl, verified } from '../../../src/gear/asset/v2/signed-url.ts'
import { nodeDigests } from '../../../src/platform/node-digests.ts'
import { aTenant } from '../../support/tenant.ts'

/** v2 reference, section 4.8: its vectors. */
const at = (time: string) => ({
  tenant: aTenant({ assetSecret: 'assetsecret' }),
  digests: nodeDigests(),
  baseUrl: 'https://myapp.skygearapp.com',
  now: new Date(time),
})
const SIGNED_AT = '2019-10-11T03:04:05Z'
const VECTORS = [
  ['GET', '/_asset/get/a.png', [], 3600, '88c4542459a452862c109b8433cdc8f800acf4310ddaff7f8abee05908ba51e3'],
  [
    'POST',
    '/_asset/upload_form',
    [],
    900,
    '32f09196bb66a3e08808a7fae7f4113a2bf002df874c6e342484b5f6ead83441',
  ],
  [
    'GET',
    '/_asset/get/a.png',
    [['foo', '']],
    3600,
    '582a8f6c15f202c344b9dd90082044227f300eb69ecb9547ace13c4b96f670c5',
  ],
] as const

const url = signedUrl(at(SIGNED_AT), 'GET', '/_asset/get/a.png', 3600)
const ask = (changed: string, { method = 'GET', now = SIGNED_AT } = {}) => {
  const outcome = verified(new Request(changed, { method }), at(now))
  return outcome.ok ? outcome.value : `${outcome.error.reason} ${outcome.error.message}`
}
const FORGED = 'InvalidSignature invalid signature'

/** v1 protocol, section 8.4. The signature is `openssl dgst -sha256 -hmac assetsecret` of name and expiry. */
describe('a URL of v1', () => {
  const name = 'holiday/sun & sea.png'
  const at1 = at('2019-10-11T02:49:05Z')
  const signed =
    'https://myapp.skygearapp.com/files/holiday%2Fsun%20%26%20sea.png' +
    '?expiredAt=1570763045&signature=3bcKuokBy6nBRAsaVqQBmhQfQ_uAm9nswXn0lM3Gnto%3D'

  it('is signed as the original signed it', () => {
    expect(assetUrls(at1)({ $name: name, access: 'private' })).toBe(signed)
  })

  it('is good in either base64, until its time is over, and of no other name', () => {
    const { searchParams } = new URL(signed)
    const standard = new URLSearchParams({
      expiredAt: '1570763045',
      signature: '3bcKuokBy6nBRAsaVqQBmhQfQ/uAm9nswXn0lM3Gnto=',
    })
    expect([searchParams, standard].map((query) => urlFault(at1, name, query))).toEqual([null, null])
    expect(urlFault(at('2019-10-11T03:04:06Z'), name, searchParams)).toBe('expired')
    expect(urlFault(at1, `${name}x`, searchParams)).toBe('forged')
  })
})

describe('a signed URL', () => {
  it.each(VECTORS)(
    '%s %s with %j is signed as the original signed it',
    (method, path, query, expires, signature) => {
      const signed = signedUrl(at(SIGNED_AT), method, path, expires, query)
      expect(signed).toContain(`&x-skygear-signature=${signature}`)
      expect(ask(signed, { method })).toBe('asset')
    },
  )

  it('has its parameters in the original’s order', () => {
    expect(url).toBe(
      'https://myapp.skygearapp.com/_asset/get/a.png?x-skygear-algorithm=HMAC-SHA256&x-skygear-date=2019-10-11T03%3A04%3A05Z' +
        '&x-skygear-expires=3600&x-skygear-signature=88c4542459a452862c109b8433cdc8f800acf4310ddaff7f8abee05908ba51e3&x-skygear-signedheaders=host',
    )
  })

  it('tells what was signed when it is refused', () => {
    const refused = verified(new Request(`${url}&a=*~%20`), at(SIGNED_AT))
    expect(refused.ok ? null : refused.error.info).toEqual({
      canonical_request: [
        'GET',
        '/_asset/get/a.png',
        'a=%2A~+&x-skygear-algorithm=HMAC-SHA256&x-skygear-date=2019-10-11T03%3A04%3A05Z&x-skygear-expires=3600&x-skygear-signedheaders=host',
        'host:myapp.skygearapp.com',
        '',
        'host',
        'UNSIGNED-PAYLOAD',
      ].join('\n'),
    })
  })

  it.each([
    ['nothing', url, 'asset'],
    ['no signature', url.replace(/&x-skygear-signature=[0-9a-f]+/, ''), 'none'],
    ['a pipeline more', `${url}&pipeline=image/resize,w_200`, 'asset'],
    ['the signature in capitals', url.replace('88c4542459a4', '88C4542459A4'), 'asset'],
    ['another path', url.replace('a.png', 'b.png'), FORGED],
    ['a parameter more', `${url}&foo=bar`, FORGED],
    ['another algorithm', url.replace('HMAC-SHA256', 'none'), FORGED],
    ['another life', url.replace('3600', '360000'), FORGED],
    ['another date', url.replace('2019', '2029'), FORGED],
    ['another signature', url.replace('88c4', '88c5'), FORGED],
    ['a short signature', url.replace(/88c4[0-9a-f]+/, '88c4'), FORGED],
    [
      'a signature that is not hex',
      url.replace('88c4', '88cg'),
      'InvalidSignatureQueryParam invalid x-skygear-signature',
    ],
    [
      'a date that is none',
      url.replace('2019-10-11T', '20191011T'),
      'InvalidSignatureQueryParam invalid x-skygear-date',
    ],
    [
      'a life that is no number',
      url.replace('3600', '1h'),
      'InvalidSignatureQueryParam invalid x-skygear-expires',
    ],
  ])('with %s', (_, changed, expected) => expect(ask(changed)).toBe(expected))

  it('that was signed with a pipeline is good with that one, and not without it', () => {
    const pipeline = 'image/resize,w_200/format,jpg'
    const signed = signedUrl(at(SIGNED_AT), 'GET', '/_asset/get/a.png', 3600, [['pipeline', pipeline]])
    expect(ask(signed)).toBe('pipeline')
    expect(ask(signed, { method: 'HEAD' })).toBe('pipeline')
    for (const changed of [
      signed.replace('w_200', 'w_201'),
      signed.replace('pipeline=', 'Pipeline='),
      signed.replace(/pipeline=[^&]+&/, ''),
      `${signed}&pipeline=image`,
      signed.replace('pipeline=', 'pipeline=image&pipeline='),
    ])
      expect(ask(changed)).toBe(FORGED)
  })

  it('is good to the second that it says, and before its date', () => {
    expect(ask(url, { now: '2019-10-11T04:04:05Z' })).toBe('asset')
    expect(ask(url, { now: '2019-10-11T04:04:06Z' })).toBe('ExpiredSignature expired signature')
    expect(ask(url, { now: '2019-10-10T00:00:00Z' })).toBe('asset')
  })

  it('is of one method, but that a HEAD is a GET; of one host, and of one app', () => {
    expect(ask(url, { method: 'HEAD' })).toBe('asset')
    expect(ask(url, { method: 'POST' })).toBe(FORGED)
    const request = new Request(url)
    expect(verified(request, { ...at(SIGNED_AT), baseUrl: 'https://other.example' }).ok).toBe(false)
    expect(verified(request, { ...at(SIGNED_AT), tenant: aTenant({ assetSecret: 'another' }) }).ok).toBe(
      false,
    )
  })
})
