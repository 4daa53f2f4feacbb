import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFor, wellKnownText } from '../../src/core/record/geometry.ts'

const ring = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 0],
]
const hole = ring.map(([x = 0, y = 0]) => [x / 2, y / 2])

describe('a geometry of GeoJSON', () => {
  it.each<[string, unknown, string]>([
    ['Point', [114.1, -22.25], 'POINT(114.1 -22.25)'],
    ['Point', [1e-7, 1e21], 'POINT(1e-7 1e+21)'],
    ['MultiPoint', [[1, 2]], 'MULTIPOINT(1 2)'],
    ['LineString', ring, 'LINESTRING(0 0,4 0,4 4,0 0)'],
    ['MultiLineString', [ring, hole], 'MULTILINESTRING((0 0,4 0,4 4,0 0),(0 0,2 0,2 2,0 0))'],
    ['Polygon', [ring, hole], 'POLYGON((0 0,4 0,4 4,0 0),(0 0,2 0,2 2,0 0))'],
    ['MultiPolygon', [[ring], [hole]], 'MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((0 0,2 0,2 2,0 0)))'],
  ])('is well-known text: %s', (type, coordinates, text) => {
    expect(wellKnownText({ type, coordinates, bbox: [0, 0, 4, 4] })).toBe(text)
  })

  it('is a collection of others', () => {
    const point = { type: 'Point', coordinates: [1, 2] }
    const inner = { type: 'GeometryCollection', geometries: [point] }
    expect(wellKnownText({ type: 'GeometryCollection', geometries: [point, inner] })).toBe(
      'GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(POINT(1 2)))',
    )
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'POINT(1 2)'],
    ['no type', { coordinates: [1, 2] }],
    ['another type', { type: 'Circle', coordinates: [1, 2] }],
    ['a name every object has', { type: 'constructor', coordinates: [1, 2] }],
    ['a feature', { type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] } }],
    ['no coordinates', { type: 'Point' }],
    ['one coordinate', { type: 'Point', coordinates: [1] }],
    ['an altitude', { type: 'Point', coordinates: [1, 2, 3] }],
    ['a text for a number', { type: 'Point', coordinates: ['1', '2); drop table note; --'] }],
    ['positions too deep', { type: 'Point', coordinates: [[1, 2]] }],
    ['positions not deep enough', { type: 'Polygon', coordinates: ring }],
    ['a line of one position', { type: 'LineString', coordinates: [[1, 2]] }],
    ['a ring that is open', { type: 'Polygon', coordinates: [ring.slice(0, 3).concat([[1, 1]])] }],
    ['a ring of three', { type: 'Polygon', coordinates: [[...ring.slice(0, 2), ring[0]]] }],
    ['nothing', { type: 'MultiPolygon', coordinates: [] }],
    ['an empty collection', { type: 'GeometryCollection', geometries: [] }],
    ['a collection of other things', { type: 'GeometryCollection', geometries: [{ type: 'Point' }] }],
  ])('is none: %s', (_, given) => expect(wellKnownText(given)).toBeNull())

  it('has nothing but names of shapes, numbers and their separators in its text, whatever the JSON', () => {
    const coordinates = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, fc.double(), fc.jsonValue(), fc.array(tie('tree'), { maxLength: 4 })),
    })).tree
    const type = fc.constantFrom('Point', 'MultiPoint', 'LineString', 'Polygon', 'MultiPolygon')
    fc.assert(
      fc.property(fc.record({ type, coordinates }), (given) => {
        expect(wellKnownText(given) ?? 'POINT(0 0)').toMatch(/^[A-Z]+\([-+\d.e ,()]+\)$/)
      }),
    )
  })
})

it('a place is a point to a column of PostGIS, and as it was to any other', () => {
  const place = { type: 'location', column: '(114.1,-22.25)', writes: true }
  expect(columnFor(place, 'geometry')).toBe('POINT(114.1 -22.25)')
  expect(columnFor(place, 'location')).toBe('(114.1,-22.25)')
  expect(columnFor({ ...place, type: 'string' }, 'geometry')).toBe('(114.1,-22.25)')
})
