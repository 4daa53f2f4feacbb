import type { Shrink } from '../../core/image/image.ts'
import { damaged, unsupported } from './fault.ts'
import { type BlockSize, frequencyFactor, fillBlock, type Transform, transformOf } from './idct.ts'
import { type Component, type Frame, placeOf } from './segments.ts'

/** A component as it is decoded: one row of MCUs at a time. */
export type Plane = {
  readonly component: Component
  /** Pixels that its blocks become. Fewer than 8 where the picture shrinks, unless there are fewer blocks of it anyway. */
  readonly size: BlockSize
  readonly transform: Transform
  /** Blocks across, of whole MCUs. */
  readonly blocks: number
  /** Blocks that the picture covers: a scan of one component has no others. */
  readonly columns: number
  readonly rows: number
  /** How often a pixel is repeated, as a shift. */
  readonly shiftX: number
  readonly shiftY: number
  readonly stride: number
  readonly pixels: Uint8ClampedArray
  /** By place in zigzag order: where in the block it is kept (64: nowhere) and what makes it of what was coded. */
  readonly slots: Uint8Array
  readonly factors: Float32Array
  /** The last that is kept. */
  readonly last: number
}

/** How a picture of that frame lies: MCUs and what they become. */
export type Layout = {
  readonly width: number
  readonly height: number
  readonly mcusAcross: number
  readonly mcusDown: number
  /** Rows of pixels that a row of MCUs becomes. */
  readonly bandRows: number
  readonly planes: readonly Plane[]
}

/** Places behind the 64 coefficients, for a run that goes beyond. */
const PLACES = 80
const NOWHERE = 64

export function layoutOf(
  frame: Frame,
  quantization: readonly (Uint16Array | undefined)[],
  shrink: Shrink,
): Layout {
  const across = Math.max(...frame.components.map((each) => each.across))
  const down = Math.max(...frame.components.map((each) => each.down))
  const base: BlockSize = shrink === 1 ? 8 : shrink === 2 ? 4 : shrink === 4 ? 2 : 1
  const mcusAcross = Math.ceil(frame.width / (8 * across))
  const mcusDown = Math.ceil(frame.height / (8 * down))
  const planes = frame.components.map((component): Plane => {
    const ratioX = across / component.across
    const ratioY = down / component.down
    if (![1, 2, 4].includes(ratioX) || ![1, 2, 4].includes(ratioY)) throw unsupported('this sampling')
    let size = base
    let [repeatX, repeatY] = [ratioX, ratioY]
    while (size < 8 && repeatX > 1 && repeatY > 1) {
      size = size === 1 ? 2 : size === 2 ? 4 : 8
      repeatX /= 2
      repeatY /= 2
    }
    const table = quantization[component.quantization]
    if (!table) throw damaged('a quantisation table is missing')
    const blocks = mcusAcross * component.across
    return {
      component,
      size,
      transform: transformOf(size),
      blocks,
      columns: Math.ceil(Math.ceil(frame.width / ratioX) / 8),
      rows: Math.ceil(Math.ceil(frame.height / ratioY) / 8),
      shiftX: Math.log2(repeatX),
      shiftY: Math.log2(repeatY),
      stride: blocks * size,
      pixels: new Uint8ClampedArray(blocks * size * component.down * size),
      ...keptOf(size, table),
    }
  })
  return {
    width: Math.ceil(frame.width / shrink),
    height: Math.ceil(frame.height / shrink),
    mcusAcross,
    mcusDown,
    bandRows: down * base,
    planes,
  }
}

function keptOf(size: BlockSize, table: Uint16Array): Pick<Plane, 'slots' | 'factors' | 'last'> {
  const slots = new Uint8Array(PLACES).fill(NOWHERE)
  const factors = new Float32Array(PLACES)
  let last = 0
  for (const [k, quantum] of table.entries()) {
    const [u, v] = [placeOf(k) % 8, placeOf(k) >> 3]
    if (u >= size || v >= size) continue
    slots[k] = v * size + u
    factors[k] = quantum * frequencyFactor(size, u, v)
    last = k
  }
  return { slots, factors, last }
}

/** A block's coefficients, and one place for those that are dropped. */
export const newBlock = (): Float32Array => new Float32Array(65)

/** Draws a block into the plane's band and clears it. `found`: its last coefficient. */
export function drawBlock(
  plane: Plane,
  block: Float32Array,
  found: number,
  column: number,
  row: number,
): void {
  const { size, stride, pixels } = plane
  const at = row * size * stride + column * size
  if (found === 0) {
    fillBlock(block[0] ?? 0, size, pixels, at, stride)
    block[0] = 0
  } else {
    plane.transform(block, pixels, at, stride)
    block.fill(0)
  }
}
