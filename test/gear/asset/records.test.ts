import { beforeAll, describe, expect, it } from 'vitest'
import { OK, outcome, testApp, type Json, type TestApp, type TestUser } from '../../support/app.ts'
import { firstOf, recordsOf, refused } from '../record/records.ts'
import { bodyOf, bytes, get, stored } from './assets.ts'

let app: TestApp
let user: TestUser
let asset: Awaited<ReturnType<typeof stored>>
beforeAll(async () => {
  app = await testApp()
  user = await app.guest()
  asset = await stored(app, bytes(100))
  await recordsOf(app, user).save({ _id: 'note/0', photo: valueOf(asset.name), title: 'first' })
})

const valueOf = ($name: string): Json => ({ $type: 'asset', $name })
const shown = (app: TestApp, name: string): Json => ({
  $type: 'asset',
  $name: name,
  $content_type: 'image/png',
  $url: expect.stringContaining(`http://${app.host}/files/${name}?expiredAt=`) as unknown,
})

/** v1 protocol, section 5.2. */
describe('an asset in a record', () => {
  it('is saved by its name, and answered with its type and a URL, in one round trip', async () => {
    const { save, fetch, query } = recordsOf(app, user)
    const saved = await save({ _id: 'note/1', photo: valueOf(asset.name) })
    expect(outcome(saved)).toEqual(OK)
    for (const answer of [
      saved,
      await fetch(['note/1']),
      await query('note', { predicate: ['eq', { $type: 'keypath', $val: '_id' }, '1'] }),
    ]) {
      expect(outcome(answer)).toEqual(OK)
      expect(firstOf(answer)).toMatchObject({
        _id: 'note/1',
        _ownerID: user.id,
        photo: shown(app, asset.name),
      })
    }
  })

  it('can be had under that URL', async () => {
    const { photo } = firstOf(await recordsOf(app, user).fetch(['note/0'])) as { photo: { $url: string } }
    expect(await bodyOf(await get(app, photo.$url))).toEqual(bytes(100))
  })

  it('that was never announced refuses its record alone', async () => {
    const { save } = recordsOf(app, user)
    const answer = await save([
      { _id: 'note/2', photo: valueOf('nothing.png') },
      { _id: 'note/3', photo: valueOf(asset.name) },
    ])
    expect(answer.json['result']).toMatchObject([refused(10000), { _id: 'note/3' }])
  })

  it('of another app is as one that was never announced', async () => {
    const thief = await testApp()
    const records = recordsOf(thief, await thief.guest())
    const answer = await records.save({ _id: 'note/1', photo: valueOf(asset.name) })
    expect(firstOf(answer)).toMatchObject(refused(10000))
  })

  it.each([
    ['no name', { $type: 'asset' }],
    ['an empty name', { $type: 'asset', $name: '' }],
    ['a name of another type', { $type: 'asset', $name: 1 }],
    ['a name that Postgres has no text for', { $type: 'asset', $name: 'a\u0000b' }],
    ['a name that is too long', { $type: 'asset', $name: 'x'.repeat(801) }],
  ])('with %s is not valid', async (_, photo) => {
    expect(firstOf(await recordsOf(app, user).save({ _id: 'note/4', photo }))).toMatchObject(
      refused(108, ['photo']),
    )
  })

  it('keeps its URL and type from being written by who saves it', async () => {
    const forged = { ...valueOf(asset.name), $url: 'https://evil.example/', $content_type: 'text/html' }
    const saved = await recordsOf(app, user).save({ _id: 'note/5', photo: forged })
    expect(firstOf(saved)['photo']).toEqual(shown(app, asset.name))
  })

  it('is kept by a save that does not name it, and taken away by null', async () => {
    const { save } = recordsOf(app, user)
    await save({ _id: 'note/6', photo: valueOf(asset.name) })
    expect(firstOf(await save({ _id: 'note/6', title: 'x' }))).toMatchObject({
      photo: shown(app, asset.name),
    })
    expect(firstOf(await save({ _id: 'note/6', photo: null }))).not.toHaveProperty('photo')
  })

  it('makes a column that refers to its row, as v1 made it', async () => {
    const made = await app.sql(
      `select pg_get_constraintdef(oid) as text from pg_constraint where contype = 'f' and conrelid = $1::regclass`,
      [app.table('note')],
    )
    expect(made).toEqual([{ text: `FOREIGN KEY (photo) REFERENCES "${app.schema}"._asset(id)` }])
    const schemas = await app.call('schema:fetch', {}, { key: app.masterKey })
    expect(schemas.text).toContain('{"name":"photo","type":"asset"}')
  })

  it('can be a field before any record has one', async () => {
    const fields = [{ name: 'cover', type: 'asset' }]
    const made = await app.call(
      'schema:create',
      { record_types: { album: { fields } } },
      { key: app.masterKey },
    )
    expect(made.status).toBe(200)
    const saved = await recordsOf(app, user).save({ _id: 'album/1', cover: valueOf(asset.name) })
    expect(firstOf(saved)['cover']).toEqual(shown(app, asset.name))
    expect(outcome(await recordsOf(app, user).save({ _id: 'album/1', cover: 'text' }))).toMatchObject({
      code: 114,
    })
  })

  it('saved for the first time by many at once makes one column', async () => {
    const fresh = await testApp()
    const file = await stored(fresh, bytes(5))
    const { save } = recordsOf(fresh, await fresh.guest())
    const saves = Array.from({ length: 20 }, (_, i) => save({ _id: `race/${i}`, photo: valueOf(file.name) }))
    for (const answer of await Promise.all(saves))
      expect(firstOf(answer)).toMatchObject({ photo: shown(fresh, file.name) })
  })

  it('is found by its name, in records that are included, and in columns that are asked for', async () => {
    const { save, query } = recordsOf(app, user)
    await save({ _id: 'page/1', note: { $type: 'ref', $id: 'note/0' } })
    const keypath = ($val: string) => ({ $type: 'keypath', $val })
    const found = await query('note', {
      predicate: ['and', ['eq', keypath('photo'), valueOf(asset.name)], ['eq', keypath('title'), 'first']],
      desired_keys: ['photo'],
    })
    expect(found.json['result']).toMatchObject([{ _id: 'note/0', photo: shown(app, asset.name) }])
    expect(firstOf(found)).not.toHaveProperty('title')
    const page = firstOf(await query('page', { include: { note: keypath('note') } }))
    expect(page).toMatchObject({ _transient: { note: { photo: shown(app, asset.name) } } })
  })

  it('is hidden with its field from those who may not read it, also in the answer to a save', async () => {
    const { save, fetch } = recordsOf(app, user)
    const master = { key: app.masterKey }
    await save({ _id: 'secret/1', photo: valueOf(asset.name), title: 'x' })
    const rule = {
      record_type: 'secret',
      record_field: 'photo',
      user_role: '_owner',
      writable: true,
      readable: false,
      comparable: false,
      discoverable: false,
    }
    const set = await app.call('schema:field_access:update', { access: [rule] }, master)
    expect(set.status).toBe(200)
    for (const answer of [await fetch(['secret/1']), await save({ _id: 'secret/1', title: 'y' })]) {
      expect(firstOf(answer)).toMatchObject({ _id: 'secret/1' })
      expect(firstOf(answer)).not.toHaveProperty('photo')
    }
    const all = await app.call('record:fetch', { ids: ['secret/1'] }, master)
    expect(firstOf(all)).toMatchObject({ photo: shown(app, asset.name) })
  })

  it('in a user’s profile is answered to a login as well', async () => {
    const { save } = recordsOf(app, user)
    await save({ _id: `user/${user.id}`, avatar: valueOf(asset.name) })
    const { json } = await app.call('me', {}, user)
    const { profile } = json['result'] as { profile: Json }
    expect(profile['avatar']).toMatchObject({ $type: 'asset', $name: asset.name })
    expect((profile['avatar'] as Json)['$url']).toContain('/files/')
  })
})
