/** How a JPEG file is to be laid out that no encoder at hand writes. */
export type JpegLayout = {
  readonly width: number
  readonly height: number
  /** Of each component: blocks across and down in a MCU. */
  readonly sampling: readonly (readonly [across: number, down: number])[]
  /** MCUs between two restart markers. */
  readonly restartInterval?: number
  /** A scan for each component. */
  readonly isSplit?: boolean
  /** Of the AC codes: 8 is short, 16 as long as can be. */
  readonly codeBits?: 8 | 16
  /** Adobe's APP14 and its transform. */
  readonly adobe?: number
  readonly ids?: readonly number[]
}

/**
 * A baseline JPEG (ITU T.81) whose blocks have a mean and one wave each, told by `valueOf`: what a decoder does with its
 * layout is all that can go wrong.
 */
export function writeJpeg(
  layout: JpegLayout,
  valueOf: (component: number, x: number, y: number) => number,
): Uint8Array {
  const { width, height, sampling, restartInterval = 0, isSplit = false, codeBits = 8 } = layout
  const ids = layout.ids ?? sampling.map((_, i) => i + 1)
  const out: number[] = [0xff, 0xd8]
  const segment = (marker: number, body: readonly number[]) =>
    out.push(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body)
  if (layout.adobe !== undefined) segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, layout.adobe])
  segment(0xdb, [0, ...Array.from({ length: 64 }, () => QUANTUM)])
  const factors = sampling.flatMap(([across, down], i) => [ids[i] ?? 0, (across << 4) | down, 0])
  segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, sampling.length, ...factors])
  segment(0xc4, [0x00, ...countsOf(DC_BITS, 12), ...Array.from({ length: 12 }, (_, i) => i)])
  segment(0xc4, [0x10, ...countsOf(codeBits, AC_SYMBOLS.length), ...AC_SYMBOLS])
  if (restartInterval > 0) segment(0xdd, [restartInterval >> 8, restartInterval & 255])

  const [across, down] = [0, 1].map((i) => Math.max(...sampling.map((each) => each[i] ?? 1))) as [
    number,
    number,
  ]
  const all = sampling.map((_, i) => i)
  for (const components of isSplit ? all.map((i) => [i]) : [all]) {
    const isAlone = components.length === 1
    segment(0xda, [components.length, ...components.flatMap((i) => [ids[i] ?? 0, 0]), 0, 63, 0])
    const bits = bitWriter(out)
    const predicted = sampling.map(() => 0)
    const write = (component: number, x: number, y: number) => {
      const value = Math.round(valueOf(component, x, y))
      bits.put(...signed(value - (predicted[component] ?? 0), (size) => [size, DC_BITS]))
      predicted[component] = value
      bits.put(...signed(WAVE, (size) => [AC_SYMBOLS.indexOf((1 << 4) | size), codeBits]))
      bits.put([AC_SYMBOLS.indexOf(0), codeBits])
    }
    const [own = [1, 1]] = components.map((i) => sampling[i])
    const [columns, rows] = isAlone
      ? [Math.ceil((width * own[0]) / across / 8), Math.ceil((height * own[1]) / down / 8)]
      : [Math.ceil(width / across / 8), Math.ceil(height / down / 8)]
    for (let mcu = 0; mcu < columns * rows; mcu++) {
      if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) {
        bits.end()
        out.push(0xff, 0xd0 + ((mcu / restartInterval - 1) & 7))
        predicted.fill(0)
      }
      const [column, row] = [mcu % columns, Math.floor(mcu / columns)]
      for (const i of components) {
        const [h, v] = isAlone ? [1, 1] : (sampling[i] ?? [1, 1])
        for (let y = 0; y < v; y++) for (let x = 0; x < h; x++) write(i, column * h + x, row * v + y)
      }
    }
    bits.end()
  }
  return Uint8Array.from([...out, 0xff, 0xd9])
}

const QUANTUM = 8
/** Of coefficient 2, after one zero. */
const WAVE = -9
const DC_BITS = 4
/** End of block, sixteen zeros, and each run with each size. */
const AC_SYMBOLS = [
  0x00,
  0xf0,
  ...Array.from({ length: 160 }, (_, i) => (Math.floor(i / 10) << 4) | ((i % 10) + 1)),
]
/** All codes are of one length, so that a code is its symbol's place. */
const countsOf = (bits: number, count: number) =>
  Array.from({ length: 16 }, (_, i) => (i === bits - 1 ? count : 0))

type Bits = readonly [value: number, size: number]

/** The code of a value's size, then the value (T.81, F.1.2.1). */
function signed(value: number, codeOf: (size: number) => Bits): Bits[] {
  const size = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1
  return [codeOf(size), [value < 0 ? value + (1 << size) - 1 : value, size]]
}

function bitWriter(out: number[]) {
  let pending = ''
  return {
    put(...all: readonly Bits[]) {
      for (const [value, size] of all) pending += size === 0 ? '' : value.toString(2).padStart(size, '0')
      for (; pending.length >= 8; pending = pending.slice(8)) {
        const byte = Number.parseInt(pending.slice(0, 8), 2)
        out.push(byte, ...(byte === 0xff ? [0] : []))
      }
    },
    end() {
      while (pending.length > 0) this.put([1, 1])
    },
  }
}
