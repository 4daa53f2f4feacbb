import './localhost.ts'
import { createHash, randomBytes } from 'node:crypto'
import type { Asset, Container, RecordClass } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { client, newUser, unique } from './client.ts'

const { demo } = inject('system')

let ana: Container
let Photo: RecordClass
beforeAll(async () => {
  ana = (await newUser(demo, 'ana')).as
  Photo = ana.Record.extend(unique('photo'))
})

const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
const bytesAt = async (url: string): Promise<Uint8Array> => {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return new Uint8Array(await response.arrayBuffer())
}
const assetOf = (file: Buffer, name = 'cat.png', contentType = 'image/png'): Asset =>
  new ana.Asset({ name, file, contentType })

describe('an asset (§8)', () => {
  it('is uploaded by saving its record, and can be had by nobody in particular at its URL', async () => {
    const file = randomBytes(100_000)
    const saved = await ana.publicDB.save(new Photo({ image: assetOf(file), title: 'x' }))
    const image = saved['image'] as Asset
    expect(image.name).toMatch(/^[0-9a-f-]{36}-cat\.png$/)
    expect(image.contentType).toBe('image/png')
    expect(hash(await bytesAt(image.url))).toBe(hash(file))
  })

  it('reads back from a query, in another browser, with a URL of its own', async () => {
    const file = randomBytes(10)
    const saved = await ana.publicDB.save(new Photo({ image: assetOf(file) }))
    const other = await client(demo)
    const read = await other.publicDB.getRecordByID(saved.id)
    const image = read['image'] as Asset
    expect(image.name).toBe((saved['image'] as Asset).name)
    expect(hash(await bytesAt(image.url))).toBe(hash(file))
  })

  it('stays with its record when that is saved again', async () => {
    const file = randomBytes(10)
    const saved = await ana.publicDB.save(new Photo({ image: assetOf(file), title: 'before' }))
    const read = await ana.publicDB.getRecordByID(saved.id)
    read['title'] = 'after'
    const again = await ana.publicDB.save(read)
    expect(again['title']).toBe('after')
    expect(hash(await bytesAt((again['image'] as Asset).url))).toBe(hash(file))
  })

  it.each(['h i.txt', '貓.png', 'a#b?c&d=e%20f.png', '../../etc/passwd', 'folder/file.png', 'a+b.png'])(
    'may be called %j',
    async (name) => {
      const file = randomBytes(20)
      const uploaded = await ana.publicDB.uploadAsset(assetOf(file, name, 'text/plain'))
      expect(hash(await bytesAt(uploaded.url))).toBe(hash(file))
      expect(uploaded.name).not.toMatch(/\.\.|^\//)
    },
  )

  it('is uploaded by a client key alone, without a user (§8.2)', async () => {
    const nobody = await client(demo)
    const file = randomBytes(20)
    const asset = new nobody.Asset({ name: 'a.bin', file, contentType: 'application/octet-stream' })
    const uploaded = await nobody.publicDB.uploadAsset(asset)
    expect(hash(await bytesAt(uploaded.url))).toBe(hash(file))
  })

  it('of several in one record is each its own', async () => {
    const files = [randomBytes(30), randomBytes(40)] as const
    const saved = await ana.publicDB.save(new Photo({ image: assetOf(files[0]), thumb: assetOf(files[1]) }))
    for (const [field, file] of [
      ['image', files[0]],
      ['thumb', files[1]],
    ] as const)
      expect(hash(await bytesAt((saved[field] as Asset).url))).toBe(hash(file))
  })
})
