import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation, Resize } from '../../../src/core/image/operation.ts'
import { canonical, marksOf, parsePipeline, type Pipeline } from '../../../src/core/image/pipeline.ts'
import { anyText } from '../../support/text.ts'

function parsed(text: string): Pipeline {
  const read = parsePipeline(text)
  if (!read.ok) throw new Error(read.error.message)
  return read.value
}
const operationsOf = (text: string): readonly Operation[] => parsed(`image/${text}`).operations
const base64url = (name: string): string => Buffer.from(name).toString('base64url')

const resize: Resize = {
  do: 'resize',
  mode: 'lfit',
  width: null,
  height: null,
  longer: null,
  shorter: null,
  gravity: 'center',
  color: [255, 255, 255],
}
const crop = { do: 'crop', width: null, height: null, x: 0, y: 0, gravity: 'nw' }
const watermark = {
  do: 'watermark',
  asset: 'a/b.png',
  gravity: 'se',
  x: 10,
  y: 10,
  opacity: 100,
  width: null,
}
const mark = `watermark,image_${base64url('a/b.png')}`

describe('a pipeline', () => {
  it('can be nothing but its type: the picture is made anew', () => {
    expect(parsed('image')).toEqual({ operations: [], format: null, quality: null })
  })

  it.each<[string, Operation | object]>([
    ['resize,w_200', { ...resize, width: 200 }],
    ['resize,h_1', { ...resize, height: 1 }],
    ['resize,w_4096', { ...resize, width: 4096 }],
    ['resize,l_200,s_100', { ...resize, longer: 200, shorter: 100 }],
    ['resize,m_mfit,w_200,h_100', { ...resize, mode: 'mfit', width: 200, height: 100 }],
    ['resize,m_fill,w_2,h_1,g_nw', { ...resize, mode: 'fill', width: 2, height: 1, gravity: 'nw' }],
    ['resize,m_fixed,w_200', { ...resize, mode: 'fixed', width: 200 }],
    [
      'resize,m_pad,w_64,h_64,color_000000',
      { ...resize, mode: 'pad', width: 64, height: 64, color: [0, 0, 0] },
    ],
    ['resize,m_pad,w_1,color_fA8001', { ...resize, mode: 'pad', width: 1, color: [250, 128, 1] }],
    ['crop,w_100,h_50', { ...crop, width: 100, height: 50 }],
    ['crop,x_10,y_20', { ...crop, x: 10, y: 20 }],
    ['crop,w_1,y_-0', { ...crop, width: 1 }],
    ['crop,w_100,g_center', { ...crop, width: 100, gravity: 'center' }],
    ['rotate,90', { do: 'rotate', degrees: 90 }],
    ['rotate,180', { do: 'rotate', degrees: 180 }],
    ['rotate,270', { do: 'rotate', degrees: 270 }],
    ['flip,horizontal', { do: 'flip', axis: 'horizontal' }],
    ['flip,vertical', { do: 'flip', axis: 'vertical' }],
    ['grayscale', { do: 'grayscale' }],
    ['blur,s_1', { do: 'blur', sigma: 1 }],
    ['sharpen,100', { do: 'sharpen', amount: 100 }],
    [mark, watermark],
    [`${mark},g_nw,x_0,y_5,t_50,w_30`, { ...watermark, gravity: 'nw', x: 0, y: 5, opacity: 50, width: 30 }],
    ['watermark,image_YQ==', { ...watermark, asset: 'a' }],
    [`watermark,image_${base64url('é?>日本.png')}`, { ...watermark, asset: 'é?>日本.png' }],
  ])('can ask for %s', (text, operation) => expect(operationsOf(text)).toEqual([operation]))

  it('does its operations in their order', () => {
    const names = operationsOf('rotate,90/resize,w_9/blur,s_2/resize,h_8').map((each) => each.do)
    expect(names).toEqual(['rotate', 'resize', 'blur', 'resize'])
  })

  it.each([
    ['jpg', 'jpeg'],
    ['png', 'png'],
    ['webp', 'webp'],
    ['avif', 'avif'],
    ['auto', 'auto'],
  ])('can have the format %s', (spelt, format) =>
    expect(parsed(`image/format,${spelt}`)).toMatchObject({ format }),
  )

  it('has the last format and quality that are said, wherever', () => {
    expect(parsed('image/format,png/quality,Q_1/resize,w_9/quality,Q_100/format,webp')).toMatchObject({
      format: 'webp',
      quality: 100,
    })
  })

  it('has the last value of a parameter that is said twice', () => {
    expect(operationsOf('resize,w_1,m_pad,w_2,m_lfit')).toEqual([{ ...resize, width: 2 }])
  })

  it('passes over parameters of a resize that it does not know, as v2 did', () => {
    expect(operationsOf('resize,w_1,limit_0,p_50,foo,,W_3,constructor_1')).toEqual([{ ...resize, width: 1 }])
  })

  it.each(['resize', 'resize,m_fill', 'rotate,0', 'crop', 'crop,g_se', `${mark},t_0`])(
    'leaves out what would do nothing: %s',
    (text) => expect(operationsOf(text)).toEqual([]),
  )

  it('names the assets that it puts on a picture, each once', () => {
    const other = `watermark,image_${base64url('c')}`
    expect(marksOf(parsed(`image/${mark}/${other},g_nw/${mark},g_ne`))).toEqual(['a/b.png', 'c'])
  })
})

describe('a pipeline is refused:', () => {
  it.each([
    ['', 'invalid asset type: '],
    ['video/resize,w_1', 'invalid asset type: video'],
    ['Image', 'invalid asset type: Image'],
    ['image/', 'invalid operation: '],
    ['image/explode,w_1', 'invalid operation: explode'],
    ['image/constructor', 'invalid operation: constructor'],
    ['image/format,gif', 'invalid format: gif'],
    ['image/format', 'invalid format: '],
    ['image/format,jpg,png', 'invalid format: jpg,png'],
    ['image/quality,85', 'invalid quality: 85'],
    ['image/quality,q_85', 'invalid quality: q_85'],
    ['image/quality,Q_x', "value 'x' is not an integer"],
    ['image/quality,Q_', "value '' is not an integer"],
    ['image/quality,Q_0', "value '0' is not in range [1,100]"],
    ['image/quality,Q_101', "value '101' is not in range [1,100]"],
    ['image/resize,w_x', "value 'x' is not an integer"],
    ['image/resize,w_1.5', "value '1.5' is not an integer"],
    ['image/resize,w_1e2', "value '1e2' is not an integer"],
    ['image/resize,w_0', "value '0' is not in range [1,4096]"],
    ['image/resize,h_4097', "value '4097' is not in range [1,4096]"],
    ['image/resize,l_-1', "value '-1' is not in range [1,4096]"],
    ['image/resize,s_99999999999999999999', "value '99999999999999999999' is not in range [1,4096]"],
    ['image/resize,w_0,w_1', "value '0' is not in range [1,4096]"],
    ['image/resize,m_cover', 'invalid scaling mode: cover'],
    ['image/resize,w_1,color_red', 'invalid color: red'],
    ['image/resize,w_1,color_12345', 'invalid color: 12345'],
    ['image/resize,w_1,g_middle', 'invalid gravity: middle'],
    ['image/crop,w_0', "value '0' is not in range [1,65535]"],
    ['image/crop,x_-1', "value '-1' is not in range [0,65535]"],
    ['image/crop,g_top', 'invalid gravity: top'],
    ['image/crop,z_1', 'invalid parameter: z_1'],
    ['image/rotate,45', 'invalid rotation: 45'],
    ['image/rotate', 'invalid rotation: '],
    ['image/rotate,90,90', 'invalid rotation: 90,90'],
    ['image/flip,both', 'invalid axis: both'],
    ['image/grayscale,1', 'invalid parameter: 1'],
    ['image/blur', 'missing parameter: s'],
    ['image/blur,s_51', "value '51' is not in range [1,50]"],
    ['image/blur,r_3,s_2', 'invalid parameter: r_3'],
    ['image/sharpen,49', "value '49' is not in range [50,399]"],
    ['image/sharpen,400', "value '400' is not in range [50,399]"],
    ['image/sharpen,100,1', "value '100,1' is not an integer"],
    ['image/watermark', 'missing parameter: image'],
    ['image/watermark,image_', 'invalid mark: '],
    ['image/watermark,image_a', 'invalid mark: a'],
    ['image/watermark,image_a.b', 'invalid mark: a.b'],
    ['image/watermark,image__w', 'invalid mark: _w'],
    ['image/watermark,image_YQ,t_101', "value '101' is not in range [0,100]"],
    ['image/watermark,image_YQ,text_YQ', 'invalid parameter: text_YQ'],
  ])('%j says %j', (text, message) => {
    expect(parsePipeline(text)).toMatchObject({ ok: false, error: { kind: 'invalid', message } })
  })

  it('and says which operation it is about', () => {
    expect(parsePipeline('image/resize,w_1/resize,h_0')).toMatchObject({ error: { operation: 'resize,h_0' } })
  })

  it('with more operations than ten, settings among them', () => {
    const of = (count: number) => parsePipeline(`image${'/format,png'.repeat(count)}`)
    expect(of(10).ok).toBe(true)
    expect(of(11)).toEqual({ ok: false, error: { kind: 'limit', message: 'query too long' } })
  })

  it('with more than an app allows', () => {
    expect(parsePipeline('image/resize,w_1', 1).ok).toBe(true)
    expect(parsePipeline('image/resize,w_1/rotate,0', 1)).toMatchObject({ error: { kind: 'limit' } })
  })

  it('or is one, whatever the text', () => {
    const word = fc.constantFrom(
      'image',
      'resize',
      'w',
      'm',
      'fill',
      'watermark',
      'crop',
      'YQ',
      '1',
      '_',
      ',',
      '/',
    )
    const texts = fc.oneof(
      anyText({ maxLength: 60 }),
      fc.array(word).map((words) => `image/${words.join('')}`),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const read = parsePipeline(text)
        if (read.ok) expect(parsed(canonical(read.value))).toEqual(read.value)
        else expect(read.error.message).not.toBe('')
      }),
      { numRuns: 500 },
    )
  })
})
