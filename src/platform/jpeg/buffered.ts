import { BitReader } from './bits.ts'
import { type Coefficients, coefficientsOf, loadBlock, releaseCoefficients } from './coefficients.ts'
import { damaged } from './fault.ts'
import { drawBlock, type Layout, newBlock } from './planes.ts'
import { blockReader } from './progressive.ts'
import {
  EOI,
  type Frame,
  readTables,
  type Scan,
  scanOf,
  type Segment,
  segmentAt,
  SOS,
  type Tables,
} from './segments.ts'

/**
 * Scans that the file allows: encoders write about ten, and each is read over the whole picture (as libjpeg-turbo's fuzzer
 * and Chrome bound them).
 */
const SCANS_MAX = 100

/**
 * A file of several scans, progressive (T.81, annex G) or with a scan for each component: all are read before the first
 * row is drawn.
 */
export function readBuffered(
  bytes: Uint8Array,
  from: Segment,
  frame: Frame,
  tables: Tables,
  layout: Layout,
  onBand: () => void,
): void {
  const store = layout.planes.map((plane) => coefficientsOf(plane, layout.mcusDown))
  const seen = new Set<number>()
  let scans = 0
  for (let segment = from; segment.marker !== EOI; segment = segmentAt(bytes, segment.end)) {
    if (segment.marker !== SOS) {
      readTables(segment, tables)
      continue
    }
    if (++scans > SCANS_MAX) throw damaged('more scans than a picture needs')
    const scan = scanOf(segment, frame)
    for (const { index } of scan.components) seen.add(index)
    if (scan.first > 0 && store[scan.components[0]?.index ?? 0]?.plane.last === 0) continue
    const end = readScan(new BitReader(bytes, segment.end), scan, frame, tables, layout, store)
    segment = { ...segment, end }
  }
  if (seen.size < frame.components.length) throw damaged('a component has no scan')
  drawAll(layout, store, onBand)
  for (const of of store) releaseCoefficients(of)
}

/** The answer: where the bytes behind the scan begin. */
function readScan(
  reader: BitReader,
  scan: Scan,
  frame: Frame,
  tables: Tables,
  layout: Layout,
  store: readonly Coefficients[],
): number {
  const readers = scan.components.map((part) => {
    const of = store[part.index]
    if (!of) throw damaged('a scan of no component')
    return {
      of,
      ...blockReader(reader, of, scan, frame.isProgressive, tables.dc[part.dc], tables.ac[part.ac]),
    }
  })
  const [only] = readers
  const isAlone = readers.length === 1 && only !== undefined
  const [across, down] = isAlone
    ? [only.of.plane.columns, only.of.plane.rows]
    : [layout.mcusAcross, layout.mcusDown]
  let untilRestart = tables.restartInterval || Infinity
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      if (untilRestart-- === 0) {
        reader.restart()
        for (const each of readers) each.restart()
        untilRestart = tables.restartInterval - 1
      }
      if (isAlone) only.read(row * only.of.plane.blocks + column)
      else {
        for (const { of, read } of readers) {
          const { component, blocks } = of.plane
          for (let y = row * component.down; y < (row + 1) * component.down; y++)
            for (let x = column * component.across; x < (column + 1) * component.across; x++)
              read(y * blocks + x)
        }
      }
    }
    if (reader.isOver) throw damaged('a scan ends early')
  }
  return reader.at
}

function drawAll(layout: Layout, store: readonly Coefficients[], onBand: () => void): void {
  const block = newBlock()
  for (let row = 0; row < layout.mcusDown; row++) {
    for (const of of store) {
      const { component, blocks } = of.plane
      for (let y = 0; y < component.down; y++) {
        const start = (row * component.down + y) * blocks
        for (let x = 0; x < blocks; x++) drawBlock(of.plane, block, loadBlock(of, start + x, block), x, y)
      }
    }
    onBand()
  }
}
