import { describe, expect, it } from 'vitest'
import { renderRecord, type RecordRow } from '../../src/core/record/render.ts'

const rendered = (type: string, columns: Readonly<Record<string, string>>, row: RecordRow) =>
  renderRecord(type, columns, row, ({ $name }) => `https://notes.example/files/${$name}`)

const reserved = {
  _id: 'n1',
  _database_id: '',
  _owner_id: 'u-1',
  _access: [{ level: 'read', public: true }],
  _created_at: '2026-07-01T00:00:00.12',
  _created_by: 'u-1',
  _updated_at: '2026-07-02T00:00:00',
  _updated_by: 'u-2',
}

/** v1 protocol, section 5.1. */
describe('a record on the wire', () => {
  it('has its reserved columns as the contract names them, and times as plain texts', () => {
    expect(rendered('note', {}, reserved)).toEqual({
      _id: 'note/n1',
      _type: 'record',
      _access: [{ level: 'read', public: true }],
      _ownerID: 'u-1',
      _created_at: '2026-07-01T00:00:00.12Z',
      _created_by: 'u-1',
      _updated_at: '2026-07-02T00:00:00Z',
      _updated_by: 'u-2',
    })
  })

  it('always has its access, and leaves out owner and writers that there are not', () => {
    const row = { ...reserved, _access: null, _owner_id: '', _created_by: null, _updated_by: null }
    expect(rendered('note', {}, row)).toEqual({
      _id: 'note/n1',
      _type: 'record',
      _access: null,
      _created_at: '2026-07-01T00:00:00.12Z',
      _updated_at: '2026-07-02T00:00:00Z',
    })
  })

  it('has its fields by the types of their columns, without the null ones', () => {
    const columns = {
      at: 'datetime',
      cat: 'ref(category)',
      n: 'number',
      gone: 'string',
      constructor: 'string',
    }
    const row = { ...reserved, at: '2026-07-01T00:00:00', cat: 'c1', n: 0, gone: null, constructor: 'x' }
    expect(rendered('note', columns, row)).toMatchObject({
      at: { $type: 'date', $date: '2026-07-01T00:00:00Z' },
      cat: { $type: 'ref', $id: 'category/c1' },
      n: 0,
      constructor: 'x',
    })
    expect(rendered('note', columns, row)).not.toHaveProperty('gone')
  })

  it('keeps falsy values, which are none', () => {
    const columns = { a: 'number', b: 'boolean', c: 'string', d: 'json' }
    expect(rendered('note', columns, { ...reserved, a: 0, b: false, c: '', d: [] })).toMatchObject({
      a: 0,
      b: false,
      c: '',
      d: [],
    })
  })

  it('shows no reserved column that the contract does not name', () => {
    const row = { ...reserved, _database_id: 'u-1', _secret: 'x' }
    expect(Object.keys(rendered('note', { _secret: 'string' }, row))).toEqual([
      '_id',
      '_type',
      '_access',
      '_ownerID',
      '_created_at',
      '_created_by',
      '_updated_at',
      '_updated_by',
    ])
  })

  it('shows a geometry of PostGIS as the place it is, or as GeoJSON, which is what a row has of it', () => {
    const shown = (place: unknown, type = 'geometry') =>
      rendered('shop', { place: type }, { ...reserved, place })['place']
    const point = { type: 'Point', coordinates: [114, 22] }
    const line = { type: 'LineString', coordinates: [] }
    expect(shown(point)).toEqual({ $type: 'geo', $lng: 114, $lat: 22 })
    expect(shown(line)).toEqual({ $type: 'geojson', $val: line })
    expect(shown('0101')).toEqual({ $type: 'unknown', $underlying_type: 'geometry' })
    expect(shown(point, 'json')).toEqual(point)
  })
})
