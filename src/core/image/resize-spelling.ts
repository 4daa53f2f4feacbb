import { ok } from '../result.ts'
import type { Color } from './image.ts'
import type { Resize, ScalingMode } from './operation.ts'
import { numberOf, paramsOf, wordFault } from './params.ts'
import { gravityFault, gravityOf, said, sideFault, type Spelling } from './spelling.ts'

const SCALING_MODES: readonly ScalingMode[] = ['lfit', 'mfit', 'fill', 'pad', 'fixed']
const isScalingMode = (text: string): text is ScalingMode => SCALING_MODES.some((mode) => mode === text)

const isColor = (text: string): boolean => /^[\da-f]{6}$/i.test(text)
const WHITE = 'FFFFFF'

const CHECKS = {
  m: wordFault('scaling mode', isScalingMode),
  w: sideFault,
  h: sideFault,
  l: sideFault,
  s: sideFault,
  g: gravityFault,
  color: wordFault('color', isColor),
}

/** v2 ignored parameters that it did not know, and knew no `g`: its pictures were cropped and padded about the centre. */
export const resizeSpelling: Spelling<Resize> = {
  read(args) {
    const read = paramsOf(args, CHECKS, 'ignored')
    if (!read.ok) return read
    const side = (name: string) => numberOf(read.value, name)
    const [width, height] = [side('w'), side('h')]
    // Together they leave nothing for the longer and the shorter side to say.
    const [longer, shorter] = width !== null && height !== null ? [null, null] : [side('l'), side('s')]
    if ([width, height, longer, shorter].every((each) => each === null)) return ok(null)
    const given = read.value.get('m') ?? ''
    const mode = isScalingMode(given) ? given : 'lfit'
    const gravity = mode === 'fill' || mode === 'pad' ? gravityOf(read.value, 'center') : 'center'
    const color = colorOf((mode === 'pad' ? read.value.get('color') : undefined) ?? WHITE)
    return ok({ do: 'resize', mode, width, height, longer, shorter, gravity, color })
  },
  args: ({ mode, width, height, longer, shorter, gravity, color }) => [
    ...said('color', textOfColor(color), WHITE),
    ...said('g', gravity, 'center'),
    ...said('h', height),
    ...said('l', longer),
    ...said('m', mode, 'lfit'),
    ...said('s', shorter),
    ...said('w', width),
  ],
}

function colorOf(text: string): Color {
  const rgb = parseInt(text, 16)
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255]
}
const textOfColor = ([red, green, blue]: Color): string =>
  ((red << 16) | (green << 8) | blue).toString(16).toUpperCase().padStart(6, '0')
