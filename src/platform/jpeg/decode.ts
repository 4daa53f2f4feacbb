import type { Shrink, Size } from '../../core/image/image.ts'
import type { ImageFault } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { bandWriter } from './color.ts'
import { damaged, JpegFault } from './fault.ts'
import { layoutOf } from './planes.ts'
import { readBuffered } from './buffered.ts'
import { readSequential } from './sequential.ts'
import { EOI, frameOf, isFrame, noTables, readTables, scanOf, segmentAt, SOI, SOS } from './segments.ts'

/** Rows of RGBA as they are decoded, from the top; the bytes are used again for the next ones. */
export type RowSink = (rgba: Uint8ClampedArray, rows: number) => void

/**
 * Decodes a JPEG file (ITU T.81: baseline, extended and progressive, 8 bits, Huffman) into rows, width and height divided
 * by `shrink` and rounded up. Shrinking leaves the higher frequencies of each block out, which costs less time than
 * decoding them and far less memory: what is kept is one row of MCUs, of a progressive file the coefficients that matter.
 * `announced`: what the file's header was read as before; another size is `damaged`.
 */
export function decodeJpeg(
  bytes: Uint8Array,
  announced: Size,
  shrink: Shrink,
  sink: RowSink,
): Result<void, Exclude<ImageFault, 'busy'>> {
  try {
    decode(bytes, announced, shrink, sink)
    return ok(undefined)
  } catch (fault) {
    if (fault instanceof JpegFault) return err(fault.kind)
    throw fault
  }
}

function decode(bytes: Uint8Array, announced: Size, shrink: Shrink, sink: RowSink): void {
  const tables = noTables()
  let segment = segmentAt(bytes, 0)
  if (segment.marker !== SOI || segment.end !== 2) throw damaged('no JPEG file')
  for (segment = segmentAt(bytes, 2); !isFrame(segment.marker); segment = segmentAt(bytes, segment.end))
    readTables(segment, tables)
  const frame = frameOf(segment)
  if (
    frame.width !== announced.width ||
    frame.height !== announced.height ||
    frame.width * frame.height === 0
  )
    throw damaged('another size than announced')
  for (
    segment = segmentAt(bytes, segment.end);
    segment.marker !== SOS;
    segment = segmentAt(bytes, segment.end)
  )
    readTables(segment, tables)

  const layout = layoutOf(frame, tables.quantization, shrink)
  const band = new Uint8ClampedArray(layout.width * layout.bandRows * 4)
  const write = bandWriter(frame, tables, layout)
  let y = 0
  const onBand = (): void => {
    const rows = Math.min(layout.bandRows, layout.height - y)
    write(band, rows)
    sink(band, rows)
    y += rows
  }
  const scan = scanOf(segment, frame)
  if (!frame.isProgressive && scan.components.length === frame.components.length) {
    let end = readSequential(bytes, segment.end, scan, tables, layout, onBand)
    for (let marker = 0; marker !== EOI;) ({ marker, end } = segmentAt(bytes, end))
  } else readBuffered(bytes, segment, frame, tables, layout, onBand)
}
