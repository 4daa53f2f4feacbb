import type { Container, RecordClass, SkygearRecord } from 'skygear'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { client, newUser, unique } from './client.ts'

const { demo } = inject('system')

let ana: Container
let anaID: string
let ben: Container

beforeAll(async () => {
  const users = [await newUser(demo, 'ana'), await newUser(demo, 'ben')] as const
  ana = users[0].as
  anaID = users[0].user._id
  ben = users[1].as
})

/** A record as another browser of nobody's reads it. */
const readBack = async (record: SkygearRecord): Promise<SkygearRecord> =>
  (await client(demo)).publicDB.getRecordByID(record.id)

const newType = (name = 'note'): RecordClass => ana.Record.extend(unique(name))

const VALUES: readonly [string, unknown][] = [
  ['a string', 'plain'],
  ['an empty string', ''],
  ['a string of many scripts', 'naïve 漢字 עברית مرحبا'],
  ['emoji', '👩‍👩‍👧 🏳️‍🌈'],
  ['quotes and backslashes', `it's "so" \\ 'and' $1 %s \\u0041 {"a":1}`],
  ['control characters', 'tab\tnewline\r\nbell\u0007'],
  ['zero', 0],
  ['a fraction', 0.1],
  ['a negative number', -12.5],
  ['a huge number', 1e300],
  ['the smallest number', 5e-324],
  ['2^53', 2 ** 53],
  ['true', true],
  ['false', false],
  ['an array', [1, 'two', null, true, [3.5], { four: 4 }]],
  ['an empty array', []],
  ['a nested object', { a: { b: [{ c: 'd' }], 'e f': null }, '': 0 }],
  ['an empty object', {}],
  ['a date to the millisecond', new Date('2019-07-05T01:02:03.004Z')],
  ['a date before 1970', new Date('1066-10-14T09:00:00.000Z')],
]

describe('values', () => {
  let saved: SkygearRecord
  let read: SkygearRecord

  /** All in one record: each test looks at its own field. */
  beforeAll(async () => {
    const Note = newType()
    const fields = VALUES.map(([, value], i) => [`f${i}`, structuredClone(value)] as const)
    saved = await ana.publicDB.save(new Note({ ...Object.fromEntries(fields), minus_zero: -0 }))
    read = await readBack(saved)
  })

  it.each(VALUES.map(([name, value], i) => [name, `f${i}`, value] as const))(
    '§5.2 %s comes back as it was saved',
    (_, field, value) => {
      expect(saved[field]).toEqual(value)
      expect(read[field]).toEqual(value)
    },
  )

  it('§5.2 -0 comes back as a zero', () => {
    expect([saved['minus_zero'] === 0, read['minus_zero'] === 0]).toEqual([true, true])
  })

  it('§5.2 a Geolocation comes back as one', async () => {
    const Place = newType('place')
    const saved = await ana.publicDB.save(new Place({ at: new ana.Geolocation(22.283, -114.15) }))
    for (const record of [saved, await readBack(saved)]) {
      expect(record['at']).toBeInstanceOf(ana.Geolocation)
      expect(record['at']).toMatchObject({ latitude: 22.283, longitude: -114.15 })
    }
  })

  it('§5.2 a Reference comes back as one, and §5.7 finds the records that have it', async () => {
    const [Category, Note] = [newType('category'), newType()]
    const [war, peace] = [new Category({ name: 'war' }), new Category({ name: 'peace' })]
    await ana.publicDB.save([war, peace])
    const note = await ana.publicDB.save(new Note({ category: new ana.Reference(war) }))
    await ana.publicDB.save(new Note({ category: new ana.Reference(peace) }))
    const read = await readBack(note)
    expect(read['category']).toBeInstanceOf(ana.Reference)
    expect(read['category']).toMatchObject({ id: war.id })
    const found = await ana.publicDB.query(new ana.Query(Note).equalTo('category', new ana.Reference(war)))
    expect(found.map(({ id }) => id)).toEqual([note.id])
  })

  it('§5.2 a Sequence numbers the records, rising, and a record keeps its number', async () => {
    const Ticket = newType('ticket')
    const number = () => new ana.Sequence()
    const first = await ana.publicDB.save(new Ticket({ no: number() }))
    const second = await ana.publicDB.save(new Ticket({ no: number() }))
    const [one, two] = [first['no'] as number, second['no'] as number]
    expect([Number.isInteger(one), Number.isInteger(two), two > one]).toEqual([true, true, true])
    const again = await ana.publicDB.save(new Ticket({ _id: first.id, title: 'kept' }))
    expect(again['no']).toBe(one)
  })

  it('§5.2 null removes a field', async () => {
    const Note = newType()
    const note = await ana.publicDB.save(new Note({ kept: 'k', gone: 'g' }))
    note['gone'] = null
    const saved = await ana.publicDB.save(note)
    for (const record of [saved, await readBack(saved)]) {
      expect(record).not.toHaveProperty('gone')
      expect(record['kept']).toBe('k')
    }
  })
})

describe('saving', () => {
  it('§5.1 a saved record says who made and changed it, and when', async () => {
    const Note = newType()
    const note = await ana.publicDB.save(new Note({ text: 'first' }))
    expect(note.ownerID).toBe(anaID)
    expect([note.createdBy, note.updatedBy]).toEqual([anaID, anaID])
    expect(Math.abs(note.createdAt.getTime() - Date.now())).toBeLessThan(30_000)
    const before = { createdAt: note.createdAt, updatedAt: note.updatedAt }
    // The same record from another hand: null access is everybody's to write.
    const changed = await ben.publicDB.save(new Note({ _id: note.id, text: 'second' }))
    expect(changed.createdAt).toEqual(before.createdAt)
    expect(changed.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime())
    expect([changed.ownerID, changed.createdBy]).toEqual([anaID, anaID])
    expect(changed.updatedBy).toBe(ben.auth.currentUser?._id)
  })

  it('§5.4.5d an update keeps the fields that it does not name, and the answer is the whole record', async () => {
    const Note = newType()
    const note = await ana.publicDB.save(new Note({ title: 'old', body: 'kept' }))
    const updated = await ana.publicDB.save(new Note({ _id: note.id, title: 'new' }))
    for (const record of [updated, await readBack(note)])
      expect({ ...record }).toMatchObject({ title: 'new', body: 'kept' })
  })

  it('§5.4 saves many records, answered in their order', async () => {
    const Note = newType()
    const notes = [3, 1, 2].map((no) => new Note({ no }))
    const { savedRecords, errors } = await ana.publicDB.save(notes)
    expect(savedRecords.map((record) => [record?.id, record?.['no']])).toEqual(
      notes.map(({ id, no }) => [id, no]),
    )
    expect(errors).toEqual([undefined, undefined, undefined])
  })

  it('§5.4 [SDK] a partial failure is {savedRecords, errors}, and the good ones are stored', async () => {
    const Note = newType()
    const taken = await ben.privateDB.save(new Note({ text: 'private' }))
    const [good, bad] = [new Note({ text: 'good' }), new Note({ _id: taken.id, text: 'bad' })]
    const { savedRecords, errors } = await ana.publicDB.save([bad, good])
    expect(savedRecords.map((record) => record?.id)).toEqual([undefined, good.id])
    expect(errors).toEqual([
      expect.objectContaining({ _id: bad.id, _type: 'error', name: 'Duplicated', code: 109 }),
      undefined,
    ])
    expect((await readBack(good))['text']).toBe('good')
    await expect(readBack(bad)).rejects.toThrow('does not exist')
  })

  it('§5.4 [SDK] a single record that is refused rejects with the item’s error', async () => {
    const Note = newType()
    const taken = await ben.privateDB.save(new Note({ text: 'private' }))
    await expect(ana.publicDB.save(new Note({ _id: taken.id }))).rejects.toMatchObject({
      _id: taken.id,
      _type: 'error',
      name: 'Duplicated',
      code: 109,
    })
  })

  it('§5.4.8 an atomic save with a refused record is 115/409, and none of it is stored', async () => {
    const Note = newType()
    const taken = await ben.privateDB.save(new Note({ text: 'private' }))
    const [good, bad] = [new Note({ text: 'good' }), new Note({ _id: taken.id, text: 'bad' })]
    await expect(ana.publicDB.save([good, bad], { atomic: true })).rejects.toMatchObject({
      status: 409,
      error: {
        name: 'AtomicOperationFailure',
        code: 115,
        info: { [bad.id]: { name: 'Duplicated', code: 109 } },
      },
    })
    await expect(readBack(good)).rejects.toThrow('does not exist')
  })

  it('§5.4 an atomic save without a refused record stores all', async () => {
    const Note = newType()
    const notes = [new Note({ no: 1 }), new Note({ no: 2 })]
    await ana.publicDB.save(notes, { atomic: true })
    for (const note of notes) expect((await readBack(note))['no']).toBe(note['no'])
  })

  it('§2.4 saving and deleting need a login: 101/401', async () => {
    const nobody = await client(demo)
    const Note = newType()
    const note = await ana.publicDB.save(new Note({ text: 'stays' }))
    const refusal = { status: 401, error: { name: 'NotAuthenticated', code: 101 } }
    await expect(nobody.publicDB.save(new Note({ _id: note.id, text: 'no' }))).rejects.toMatchObject(refusal)
    await expect(nobody.publicDB.delete(note)).rejects.toMatchObject(refusal)
    expect((await readBack(note))['text']).toBe('stays')
  })
})

describe('the two databases', () => {
  it('§2.5 a private record is its user’s alone, and not in the public database', async () => {
    const Diary = newType('diary')
    const mine = await ana.privateDB.save(new Diary({ text: 'secret' }))
    await ben.privateDB.save(new Diary({ text: 'other secret' }))
    const texts = async (db: Container['publicDB']) =>
      (await db.query(new ana.Query(Diary))).map((record) => record['text'])
    expect(await texts(ana.privateDB)).toEqual(['secret'])
    expect(await texts(ben.privateDB)).toEqual(['other secret'])
    expect(await texts(ana.publicDB)).toEqual([])
    expect(await texts(ben.publicDB)).toEqual([])
    await expect(ben.privateDB.getRecordByID(mine.id)).rejects.toThrow('does not exist')
  })

  it('§5.3 a record id is unique across all databases: 109', async () => {
    const Note = newType()
    const note = await ana.publicDB.save(new Note({ text: 'public' }))
    const refusal = { _type: 'error', name: 'Duplicated', code: 109 }
    await expect(ben.privateDB.save(new Note({ _id: note.id }))).rejects.toMatchObject(refusal)
    await expect(ana.privateDB.save(new Note({ _id: note.id }))).rejects.toMatchObject(refusal)
    expect((await readBack(note))['text']).toBe('public')
  })
})

describe('deleting', () => {
  it('§5.11 a deleted record is gone', async () => {
    const Note = newType()
    const note = await ana.publicDB.save(new Note({ text: 'brief' }))
    await ana.publicDB.delete(note)
    await expect(readBack(note)).rejects.toThrow('does not exist')
  })

  it('§5.11 deleting what is not there is an item error 110, also where the type is unknown', async () => {
    const Note = newType()
    const refusal = { _type: 'error', name: 'ResourceNotFound', code: 110 }
    const [never, unknown] = [new Note(), new (newType())()]
    await ana.publicDB.save(new Note())
    await expect(ana.publicDB.delete(never)).rejects.toMatchObject({ ...refusal, _id: never.id })
    await expect(ana.publicDB.delete(unknown)).rejects.toMatchObject({ ...refusal, _id: unknown.id })
  })

  it('§5.11 deletes many records, each answered on its own', async () => {
    const Note = newType()
    const notes = [new Note(), new Note(), new Note()] as const
    await ana.publicDB.save([notes[0], notes[2]])
    const errors = await ana.publicDB.delete([...notes])
    expect([...errors]).toEqual([
      undefined,
      expect.objectContaining({ _id: notes[1].id, name: 'ResourceNotFound', code: 110 }),
      undefined,
    ])
    for (const note of notes) await expect(readBack(note)).rejects.toThrow('does not exist')
  })
})
