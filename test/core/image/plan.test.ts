import { describe, expect, it } from 'vitest'
import type { ImageHeader } from '../../../src/core/image/image.ts'
import type { ModernFormat } from '../../../src/core/image/negotiate.ts'
import { base64url, mark, photo, planned, planOf, png, stepsOf, toldStep } from '../../support/image-plan.ts'

describe('the steps of a picture', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['resize,w_200', ['resize 200x150']],
    ['resize,w_500', []],
    ['resize,m_fill,w_200,h_200', ['resize 267x200', 'crop 200x200 at 33,0']],
    ['resize,m_fill,w_200,h_150', ['resize 200x150']],
    ['resize,m_pad,w_200,h_200', ['resize 200x150', 'canvas 200x200 at 0,25']],
    ['resize,m_pad,w_200,h_150', ['resize 200x150']],
    ['resize,w_200/resize,h_75', ['resize 200x150', 'resize 100x75']],
    ['resize,w_200/resize,w_300', ['resize 200x150']],
    ['crop,w_100,h_50,x_10,y_20', ['crop 100x50 at 10,20']],
    ['crop,w_100', ['crop 100x300 at 0,0']],
    ['crop,x_100,y_50', ['crop 300x250 at 100,50']],
    ['crop,w_1000,h_1000,x_390,y_290', ['crop 10x10 at 390,290']],
    ['crop,w_400,h_300', []],
    ['crop,w_9999,h_9999', []],
    ['crop,w_100,h_101,g_center', ['crop 100x101 at 150,99']],
    ['crop,w_100,h_100,g_se', ['crop 100x100 at 300,200']],
    ['crop,w_100,h_100,x_10,y_20,g_se', ['crop 90x80 at 310,220']],
    ['rotate,90/flip,horizontal/flip,horizontal/rotate,270', []],
    ['rotate,90', ['orient 6']],
    ['rotate,180', ['orient 3']],
    ['rotate,270', ['orient 8']],
    ['flip,horizontal', ['orient 2']],
    ['flip,vertical', ['orient 4']],
    ['rotate,90/resize,w_150', ['resize 200x150', 'orient 6']],
    ['rotate,90/resize,m_pad,w_200', ['resize 200x150', 'orient 6', 'canvas 200x200 at 25,0']],
    ['blur,s_2/sharpen,100/grayscale', ['blur 2', 'sharpen 100', 'grayscale']],
  ])('400x300, %j: %j', (text, steps) => expect(stepsOf(text, png)).toEqual(steps))

  it('are of the picture upright, which is turned when it is small', () => {
    const lying: ImageHeader = { ...png, orientation: 6 }
    expect(stepsOf('', lying)).toEqual(['orient 6'])
    expect(stepsOf('resize,w_150', lying)).toEqual(['resize 200x150', 'orient 6'])
    expect(stepsOf('resize,l_200', lying)).toEqual(['resize 200x150', 'orient 6'])
    expect(stepsOf('crop,w_100,h_50', lying)).toEqual(['crop 50x100 at 0,200', 'orient 6'])
    expect(stepsOf('rotate,270', lying)).toEqual([])
  })

  it('fill what is transparent, where a canvas no larger is asked for', () => {
    const clear: ImageHeader = { ...png, hasAlpha: true }
    expect(stepsOf('resize,m_pad,w_200,h_150', clear)).toEqual(['resize 200x150', 'canvas 200x150 at 0,0'])
    expect(stepsOf('resize,m_pad,w_200,h_150/resize,m_pad,w_100,h_75', clear)).toHaveLength(3)
  })

  it('have the color of the canvas', () => {
    expect(planOf('resize,m_pad,w_200,h_200,color_FF8000', png).steps[1]).toMatchObject({
      color: [255, 128, 0],
    })
  })

  it.each(['crop,x_400', 'crop,y_300', 'crop,w_10,x_10,g_east', 'resize,w_40/crop,x_40'])(
    'are none where a crop is outside of the picture: %s',
    (text) => {
      const crop = text.split('/').at(-1) ?? ''
      const fault = planned(text, png)
      expect(fault).toMatchObject({ ok: false, error: { kind: 'invalid' } })
      if (crop === 'crop,x_40')
        expect(fault).toMatchObject({
          error: { message: 'crop is outside of a picture of 40x30', operation: 'crop,x_40' },
        })
    },
  )
})

describe('a watermark', () => {
  const small: ImageHeader = { ...png, width: 40, height: 20, hasAlpha: true }
  it.each([
    ['', '40x20 at 350,270 by 1'],
    [',g_nw', '40x20 at 10,10 by 1'],
    [',g_north,y_5', '40x20 at 180,5 by 1'],
    [',g_ne,x_0,y_0', '40x20 at 360,0 by 1'],
    [',g_west', '40x20 at 10,140 by 1'],
    [',g_center', '40x20 at 180,140 by 1'],
    [',g_sw,x_1,y_2', '40x20 at 1,278 by 1'],
    [',t_25', '40x20 at 350,270 by 0.25'],
    [',w_20', '20x10 at 370,280 by 1'],
    [',w_80', '40x20 at 350,270 by 1'],
    [',x_4096,y_4096', '40x20 at 0,0 by 1'],
    [',g_nw,x_4096,y_4096', '40x20 at 360,280 by 1'],
  ])('of 40x20 on 400x300, %j: %s', (params, told) => {
    expect(stepsOf(`${mark}${params}`, png, { marks: [small] })).toEqual([`watermark 0 ${told}`])
  })

  it('is made as small as the picture', () => {
    const large: ImageHeader = { ...png, width: 1000, height: 500 }
    expect(stepsOf(mark, png, { marks: [large] })).toEqual(['watermark 0 400x200 at 0,90 by 1'])
    expect(stepsOf(`resize,w_4/${mark}`, png, { marks: [small] }).at(-1)).toBe('watermark 0 4x2 at 0,0 by 1')
  })

  it('and the picture are upright', () => {
    const lying: ImageHeader = { ...small, orientation: 6 }
    expect(stepsOf(`${mark},g_nw`, { ...png, orientation: 8 }, { marks: [lying] })).toEqual([
      'orient 8',
      'watermark 0 20x40 at 10,10 by 1',
    ])
  })

  it('has to be there', () => {
    expect(planned(mark, png)).toMatchObject({ error: { kind: 'invalid', message: 'no such mark: mark' } })
  })

  it('is told from others by its place among them', () => {
    const other = `watermark,image_${base64url('other')}`
    const steps = stepsOf(`${mark}/${other}/${mark},g_nw`, png, { marks: [small, { ...small, width: 30 }] })
    expect(steps.map((step) => step.slice(0, 15))).toEqual([
      'watermark 0 40x',
      'watermark 1 30x',
      'watermark 0 40x',
    ])
    expect(planOf(mark, png, { marks: [small] }).marks).toEqual([small])
  })
})

describe('a JPEG is read', () => {
  it.each([
    ['resize,w_500', 8, []],
    ['resize,w_501', 4, ['resize 501x376']],
    ['resize,w_800', 4, ['resize 800x600']],
    ['resize,w_1600', 2, ['resize 1600x1200']],
    ['resize,w_2000', 2, []],
    ['resize,w_2001', 1, ['resize 2001x1501']],
    ['resize,m_fill,w_500,h_500', 4, ['resize 667x500', 'crop 500x500 at 83,0']],
    ['resize,m_fixed,w_10,h_3000', 1, ['resize 10x3000']],
    ['grayscale/resize,w_400', 8, ['grayscale', 'resize 400x300']],
    ['grayscale/resize,w_500', 8, ['grayscale']],
    ['rotate,90/resize,w_300', 8, ['resize 400x300', 'orient 6']],
    ['resize,w_4096/resize,w_400', 8, ['resize 400x300']],
    ['resize,w_400/resize,w_300', 8, ['resize 400x300', 'resize 300x225']],
    ['crop,w_2000,h_2000/resize,w_200', 1, ['crop 2000x2000 at 0,0', 'resize 200x200']],
  ])('as %s needs it: smaller by %i', (text, shrink, steps) => {
    const plan = planOf(text, photo)
    expect([plan.shrink, plan.steps.map(toldStep)]).toEqual([shrink, steps])
  })

  it('smaller with its orientation in mind', () => {
    const { shrink, steps } = planOf('resize,w_375', { ...photo, orientation: 6 })
    expect([shrink, steps.map(toldStep)]).toEqual([8, ['orient 6']])
  })

  it('with what is left of a side rounded up', () => {
    const { shrink, steps } = planOf('resize,m_fixed,w_500,h_376', { ...photo, height: 3001 })
    expect([shrink, steps]).toEqual([8, []])
  })

  it.each(['blur,s_2', 'sharpen,100'])(
    'whole where pixels are mixed with their neighbours first: %s',
    (first) => {
      const small: ImageHeader = { ...photo, width: 2000, height: 1500 }
      expect(planOf(`${first}/resize,w_200`, small).shrink).toBe(1)
      expect(planOf(`resize,w_200/${first}`, small).shrink).toBe(8)
    },
  )

  it('whole where something is put on it first', () => {
    const text = `resize,w_4096/${mark}/resize,w_200`
    expect(planOf(text, photo, { marks: [png] }).shrink).toBe(1)
  })

  it('and nothing else is: other formats have no such decoder', () => {
    expect(planOf('resize,w_20', png).shrink).toBe(1)
  })
})

describe('what is made', () => {
  const output = (text: string, header: ImageHeader, accepted: readonly ModernFormat[] = []) =>
    planOf(text, header, { accepted }).output

  it.each([
    ['jpeg', 'jpeg', 85],
    ['png', 'png', 100],
    ['webp', 'webp', 85],
    ['gif', 'png', 100],
  ] as const)('of a %s is a %s', (format, made, quality) => {
    expect(output('', { ...png, format })).toEqual({ format: made, quality })
  })

  it('is what is asked for', () => {
    expect(output('format,jpg/quality,Q_1', png)).toEqual({ format: 'jpeg', quality: 1 })
    expect(output('format,avif', png)).toEqual({ format: 'avif', quality: 63 })
    expect(output('format,png/quality,Q_1', png, ['webp'])).toEqual({ format: 'png', quality: 100 })
  })

  it.each<[readonly ModernFormat[], number, string]>([
    [[], 500, 'jpeg'],
    [['webp'], 500, 'webp'],
    [['avif', 'webp'], 500, 'avif'],
    [['avif', 'webp'], 800, 'webp'],
    [['avif'], 800, 'jpeg'],
    [['avif', 'webp'], 2000, 'jpeg'],
  ])('is, where a client reads %j and the width is %i, of format auto a %s', (accepted, width, format) => {
    expect(output(`resize,w_${width}/format,auto`, photo, accepted).format).toBe(format)
  })

  it('is of format auto what the source is otherwise', () => {
    expect(output('format,auto', { ...png, format: 'gif' }).format).toBe('png')
    expect(output('format,auto', { ...png, format: 'webp' }).format).toBe('webp')
  })
})
