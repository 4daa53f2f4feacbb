import { beforeAll, describe, expect, it } from 'vitest'
import {
  codesOf,
  itemsOf,
  keypath,
  testApp,
  type Json,
  type TestApp,
  type TestUser,
} from '../../support/app.ts'
import { resultOf, rolesOf } from '../auth/roles.ts'
import { fieldsOf, firstOf, idsOf, recordsOf } from './records.ts'
import { rule, schemasOf } from './schemas.ts'

const HOSTILE = [
  `'; drop table "note"; --`,
  `"; drop table "note"; --`,
  `x' or 'a' = 'a`,
  String.raw`\'; drop table note; --`,
  String.raw`\u0027\x27 or 1=1`,
  `a'::jsonb) from "_role"; --`,
  `$1`,
  `$$; drop table note; $$`,
  '%s%n',
  '${schema}',
  `"tenant"."note"`,
  '_role:Admin',
  `['a"]}{`,
  '`drop table note`',
]

/** Texts that mean something to Postgres, where an app gives names to roles, users and fields. */
describe('a name that is SQL', () => {
  let app: TestApp
  let ana: TestUser
  let bob: TestUser
  let tables: readonly Json[]
  const tablesOf = () =>
    app.sql('select tablename from pg_tables where schemaname = $1 order by 1', [app.schema])
  beforeAll(async () => {
    app = await testApp()
    ana = await app.guest()
    bob = await app.guest()
    await recordsOf(app, ana).save({ _id: 'note/1', text: 'mine' })
    tables = await tablesOf()
  })
  /** Nothing is gone, and nobody has become an administrator. */
  const stands = async () => {
    expect(await tablesOf()).toEqual(tables)
    expect(itemsOf(await recordsOf(app, ana).query('note'))).toMatchObject([{ _id: 'note/1', text: 'mine' }])
    const asked = await app.call('role:get', { users: [ana.id] }, bob)
    expect(asked.status).toBe(403)
  }
  const each = async (use: (text: string) => Promise<void>, texts = HOSTILE) => {
    for (const text of texts) await use(text)
    await stands()
  }

  it('is the name of a role: assigned, told and revoked', async () => {
    await rolesOf(app).assign([bob], HOSTILE)
    expect(((await rolesOf(app).of(bob))[bob.id] as string[]).toSorted()).toEqual(HOSTILE.toSorted())
    await each(async (text) => {
      await rolesOf(app).revoke([bob], [text])
      expect((await rolesOf(app).of(bob))[bob.id]).not.toContain(text)
    })
    expect(await rolesOf(app).of(bob)).toEqual({ [bob.id]: [] })
  })

  it('is nobody, where roles are given to a user of that id', async () =>
    each(async (text) => {
      const nobody = { id: text, token: '' }
      expect((await rolesOf(app).assign([nobody], ['Editor'])).status).toBe(200)
      expect(await rolesOf(app).of(nobody)).toEqual({ [text]: [] })
    }))

  it('is the name of a default role, which new users hold', async () => {
    expect(resultOf(await rolesOf(app).flag('default', HOSTILE))).toEqual(HOSTILE)
    const carl = await app.guest()
    expect(((await rolesOf(app).of(carl))[carl.id] as string[]).toSorted()).toEqual(HOSTILE.toSorted())
    expect(resultOf(await rolesOf(app).flag('default', []))).toEqual([])
    await stands()
  })

  it('is the name of an admin role, for those alone who hold it', async () => {
    expect(resultOf(await rolesOf(app).flag('admin', ['Admin', ...HOSTILE]))).toEqual(['Admin', ...HOSTILE])
    await each(async (text) => {
      const dora = await app.guest()
      await rolesOf(app).assign([dora], [text])
      expect((await app.call('role:get', { users: [bob.id] }, dora)).status).toBe(200)
    })
    await rolesOf(app).flag('admin', ['Admin'])
  })

  it('is a role that may create records of a type', async () =>
    each(async (text) => {
      const answer = await schemasOf(app).creators('note', text)
      expect(resultOf(answer)).toEqual({ type: 'note', create_roles: [text] })
      expect(codesOf(await recordsOf(app, bob).save({ _id: 'note/2' }))).toEqual([102])
      await rolesOf(app).assign([bob], [text])
      expect(codesOf(await recordsOf(app, bob).save({ _id: 'note/2' }))).toEqual([null])
      await rolesOf(app).revoke([bob], [text])
      await recordsOf(app, bob).remove(['note/2'])
      await schemasOf(app).creators('note')
    }))

  it.each(['_role:', '_user_id:', '_field:'])('is who a rule of a field is for: %s', async (kind) => {
    await each(async (text) => {
      const rules = [rule('note.text', `${kind}${text}`, 'wrcd')]
      expect(resultOf(await schemasOf(app).setRules(rules))).toEqual({ access: rules })
      const seen = async () => [
        fieldsOf(firstOf(await recordsOf(app, bob).query('note'))),
        (await recordsOf(app, bob).query('note', { predicate: ['eq', keypath('text'), 'mine'] })).status,
        codesOf(await recordsOf(app, bob).save({ _id: 'note/1', text: 'mine' })),
      ]
      expect(await seen()).toEqual([{}, kind === '_field:' ? 403 : 200, [null]])
      await rolesOf(app).assign([bob], [text])
      if (kind === '_role:') expect(await seen()).toEqual([{ text: 'mine' }, 200, [null]])
      await rolesOf(app).revoke([bob], [text])
      await schemasOf(app).setRules([])
    })
  })

  it.each(['role', 'user_id', 'relation'])('is whom a record is for: %s', async (who) =>
    each(async (text) => {
      const _access = [{ level: 'read', [who]: text }]
      const saved = await recordsOf(app, ana).save({ _id: 'note/3', _access, text: 'closed' })
      expect(firstOf(saved)['_access']).toEqual(_access)
      const seen = async () => codesOf(await recordsOf(app, bob).fetch(['note/3']))
      expect(await seen()).toEqual([110])
      await rolesOf(app).assign([bob], [text])
      expect(await seen()).toEqual([who === 'role' ? null : 110])
      await rolesOf(app).revoke([bob], [text])
      await recordsOf(app, ana).remove(['note/3'])
    }),
  )

  it('is whom new records of a type are for', async () =>
    each(async (text) => {
      const entries = [{ level: 'read', role: text }]
      const answer = await schemasOf(app).byDefault('note', entries)
      expect(resultOf(answer)).toEqual({ type: 'note', default_access: entries })
      expect(firstOf(await recordsOf(app, ana).save({ _id: 'note/4' }))['_access']).toEqual(entries)
      expect(codesOf(await recordsOf(app, bob).fetch(['note/4']))).toEqual([110])
      await recordsOf(app, ana).remove(['note/4'])
      await schemasOf(app).byDefault('note', [])
    }))

  it('is a field: saved, found, sorted by, desired, ruled, and the way to a record', async () => {
    const type = 'named'
    await recordsOf(app, ana).save({ _id: `${type}/0` })
    tables = await tablesOf()
    await each(
      async (text) => {
        const as = recordsOf(app, ana)
        const fields = [
          { [text]: { $type: 'ref', $id: `${type}/0` } },
          { [`${text} `]: 2 },
          { [`${text} `]: 1 },
        ]
        const saved = await as.save(fields.map((of, i) => ({ _id: `${type}/${i + 1}`, ...of })))
        expect(codesOf(saved)).toEqual([null, null, null])
        const found = async (more: Json) => idsOf(await as.query(type, more))
        const at = keypath(`${text} `)
        expect(await found({ predicate: ['gte', at, 1], sort: [[at, 'asc']] })).toEqual([
          `${type}/3`,
          `${type}/2`,
        ])
        // A dot parts the fields of a path.
        if (!text.includes('.'))
          expect(await found({ predicate: ['eq', keypath(`${text}._id`), '0'] })).toEqual([`${type}/1`])
        const [seen] = itemsOf(
          await as.query(type, {
            predicate: ['eq', keypath('_id'), '1'],
            desired_keys: [text],
            include: { [text]: keypath(text) },
          }),
        )
        expect(seen).toMatchObject({ ...fields[0], _transient: { [text]: { _id: `${type}/0` } } })
        await schemasOf(app).setRules([{ ...rule(`${type}.`, '_role:Nobody', ''), record_field: text }])
        expect(fieldsOf(firstOf(await recordsOf(app, bob).fetch([`${type}/1`])))).toEqual({})
        await schemasOf(app).setRules([])
        await as.remove([1, 2, 3].map((i) => `${type}/${i}`))
        await schemasOf(app).remove(type, text)
        await schemasOf(app).remove(type, `${text} `)
        // With `_` begin the reserved ones.
      },
      HOSTILE.filter((text) => !text.startsWith('_')),
    )
  })
})
