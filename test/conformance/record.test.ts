import type { Container, RecordClass, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { all, newUser, unique } from './client.ts'
import { call, itemsOf, save } from './wire.ts'

declare module 'skygear' {
  export interface SkygearRecord {
    readonly attributeKeys: readonly string[]
    readonly $transient: { readonly [key: string]: unknown }
    update(fields: { readonly [field: string]: unknown }): void
    updateTransient(fields: { readonly [field: string]: unknown }, merge?: boolean): void
    toJSON(): { readonly [key: string]: unknown }
  }
  export interface Database {
    del(record: SkygearRecord): Promise<void>
  }
}

const { demo } = inject('system')

let as: Container
let token: string
let Note: RecordClass
beforeAll(async () => {
  ;({ as, token } = await newUser(demo))
  Note = as.Record.extend(unique('note'))
  await as.publicDB.save(new Note({ text: 'the first of its type', n: 0 }))
})

describe('the classes Record and Database', () => {
  it('§5.4 update sets fields, and a save keeps the others', async () => {
    const note: SkygearRecord = await as.publicDB.save(new Note({ text: 'x', n: 1 }))
    note.update({ n: 2 })
    const saved = await as.publicDB.save(note)
    expect([...saved.attributeKeys].toSorted((a, b) => a.localeCompare(b))).toEqual(['n', 'text'])
    expect([saved['text'], saved['n'], saved.recordType]).toEqual(['x', 2, Note.recordType])
    expect(saved.toJSON()).toMatchObject({ _id: saved.id, text: 'x', n: 2 })
  })

  it('§5.1 [SDK] what is transient stays with the SDK: it is neither sent nor stored', async () => {
    const note = new Note({ text: 'x' })
    note.updateTransient({ draft: true })
    const saved = await as.publicDB.save(note)
    expect(saved.$transient).toEqual({ draft: true })
    const found = (await all(as, Note)).find(({ id }) => id === saved.id)
    expect(found?.$transient).toEqual({})
  })

  it('§5.11 del is delete by another name', async () => {
    const note = await as.publicDB.save(new Note({ text: 'x' }))
    await as.publicDB.del(note)
    await expect(as.publicDB.getRecordByID(note.id)).rejects.toThrow('does not exist')
  })

  it('§5.5 record:fetch, which the SDK never calls, answers in the order of the ids', async () => {
    const id = (key: string) => `${Note.recordType}/${key}`
    await save(demo, [{ _id: id('a') }, { _id: id('b') }], { token })
    const answer = await call(demo, 'record:fetch', { ids: [id('b'), id('zz'), id('a')] }, { token })
    expect(itemsOf(answer)).toMatchObject([
      { _id: id('b'), _type: 'record' },
      { _id: id('zz'), _type: 'error', code: 110 },
      { _id: id('a'), _type: 'record' },
    ])
  })

  it('§5.4 a record is merged into what another client has stored meanwhile', async () => {
    const note = await as.publicDB.save(new Note({ text: 'x', n: 1 }))
    await save(demo, [{ _id: note.id, n: 5 }], { token })
    const mine = await as.publicDB.save(new Note({ _id: note.id, text: 'y' }))
    expect([mine['text'], mine['n']]).toEqual(['y', 5])
  })
})
