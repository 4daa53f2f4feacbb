import { BitReader } from './bits.ts'
import { damaged } from './fault.ts'
import { drawBlock, type Layout, newBlock } from './planes.ts'
import type { Scan, Tables } from './segments.ts'

/**
 * A sequential scan of all components (T.81, F.2.2): drawn as it is read, row of MCUs by row, so that no coefficient is
 * kept. The answer: where the bytes behind it begin.
 */
export function readSequential(
  bytes: Uint8Array,
  at: number,
  scan: Scan,
  tables: Tables,
  layout: Layout,
  onBand: () => void,
): number {
  const reader = new BitReader(bytes, at)
  const parts = scan.components.map(({ index, dc, ac }) => {
    const plane = layout.planes[index]
    const [dcTable, acTable] = [tables.dc[dc], tables.ac[ac]]
    if (!plane || !dcTable || !acTable) throw damaged('a Huffman table is missing')
    return { plane, dcTable, acTable, predicted: 0, ...plane.component }
  })
  const block = newBlock()
  let untilRestart = tables.restartInterval || Infinity
  for (let row = 0; row < layout.mcusDown; row++) {
    for (let column = 0; column < layout.mcusAcross; column++) {
      if (untilRestart-- === 0) {
        reader.restart()
        for (const part of parts) part.predicted = 0
        untilRestart = tables.restartInterval - 1
      }
      for (const part of parts) {
        const { plane, across, down } = part
        for (let y = 0; y < down; y++) {
          for (let x = 0; x < across; x++) {
            part.predicted += reader.signed(reader.symbol(part.dcTable) & 15)
            const found = reader.coefficients(part.acTable, block, plane.slots, plane.factors, plane.last)
            block[0] = part.predicted * (plane.factors[0] ?? 0)
            drawBlock(plane, block, found, column * across + x, y)
          }
        }
      }
    }
    // Once a row is enough: what is missing is zeros until then.
    if (reader.isOver) throw damaged('the scan ends early')
    onBand()
  }
  return reader.at
}
