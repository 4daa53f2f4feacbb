import type { BitReader } from './bits.ts'
import { type Coefficients, isPresent, refineCoefficient, setCoefficient } from './coefficients.ts'
import { damaged } from './fault.ts'
import type { HuffmanTable } from './huffman.ts'
import type { Scan } from './segments.ts'

export type BlockReader = {
  readonly read: (block: number) => void
  /** Behind a restart marker nothing is remembered. */
  readonly restart: () => void
}

/** Reads the blocks of one component in a scan, as its kind of scan says (T.81, annexes F and G). */
export function blockReader(
  reader: BitReader,
  of: Coefficients,
  scan: Scan,
  isProgressive: boolean,
  dc: HuffmanTable | undefined,
  ac: HuffmanTable | undefined,
): BlockReader {
  if (isProgressive && scan.first === 0)
    return scan.high === 0 ? firstOfDc(reader, of, scan.low, dc) : moreOfDc(reader, of, scan.low)
  if (!isProgressive) return sequential(reader, of, dc, ac)
  return scan.high === 0 ? firstOfAc(reader, of, scan, wanted(ac)) : moreOfAc(reader, of, scan, wanted(ac))
}

function wanted(table: HuffmanTable | undefined): HuffmanTable {
  if (!table) throw damaged('a Huffman table is missing')
  return table
}

function firstOfDc(
  reader: BitReader,
  of: Coefficients,
  low: number,
  table: HuffmanTable | undefined,
): BlockReader {
  const codes = wanted(table)
  let predicted = 0
  return {
    read(block) {
      predicted += reader.signed(reader.symbol(codes) & 15)
      setCoefficient(of, block, 0, predicted << low)
    },
    restart() {
      predicted = 0
    },
  }
}

/** One bit, in two's complement: it is added, whatever the sign. */
function moreOfDc(reader: BitReader, { plane, values }: Coefficients, low: number): BlockReader {
  const kept = plane.size * plane.size
  return {
    read(block) {
      if (reader.take(1) === 1) values[block * kept] = (values[block * kept] ?? 0) | (1 << low)
    },
    restart() {},
  }
}

function sequential(
  reader: BitReader,
  of: Coefficients,
  dc: HuffmanTable | undefined,
  ac: HuffmanTable | undefined,
): BlockReader {
  const first = firstOfDc(reader, of, 0, dc)
  const rest = firstOfAc(reader, of, { first: 1, last: 63, low: 0 }, wanted(ac))
  return {
    read(block) {
      first.read(block)
      rest.read(block)
    },
    restart: first.restart,
  }
}

type Band = Pick<Scan, 'first' | 'last' | 'low'>

/** G.1.2.2: as in a sequential scan, and the end of a band may be told for many blocks at once. */
function firstOfAc(
  reader: BitReader,
  of: Coefficients,
  { first, last, low }: Band,
  codes: HuffmanTable,
): BlockReader {
  let ended = 0
  return {
    read(block) {
      if (ended > 0) {
        ended--
        return
      }
      for (let k = first; k <= last; k++) {
        const symbol = reader.symbol(codes)
        const run = symbol >> 4
        const size = symbol & 15
        if (size === 0 && run < 15) {
          ended = (1 << run) + reader.take(run) - 1
          return
        }
        k += run
        if (k > last && size > 0) throw damaged('a block has more coefficients than its band')
        if (size > 0) setCoefficient(of, block, k, reader.signed(size) << low)
      }
    },
    restart() {
      ended = 0
    },
  }
}

/** G.1.2.3: one bit for each that is not 0 already, between the new ones, of which all are 1 or -1. */
function moreOfAc(
  reader: BitReader,
  of: Coefficients,
  { first, last, low }: Band,
  codes: HuffmanTable,
): BlockReader {
  const bit = 1 << low
  let ended = 0
  const refine = (block: number, k: number): void => {
    if (reader.take(1) === 1) refineCoefficient(of, block, k, bit)
  }
  return {
    read(block) {
      let k = first
      while (k <= last && ended === 0) {
        const symbol = reader.symbol(codes)
        const size = symbol & 15
        let run = symbol >> 4
        if (size === 0 && run < 15) {
          ended = (1 << run) + reader.take(run)
          break
        }
        const value = size === 0 ? 0 : reader.take(1) === 1 ? bit : -bit
        // Zeros are counted, others refined, until the place of the new one is reached.
        for (; k <= last; k++) {
          if (isPresent(of, block, k)) refine(block, k)
          else if (run-- === 0) break
        }
        if (value !== 0) {
          if (k > last) throw damaged('a block has more coefficients than its band')
          setCoefficient(of, block, k, value)
        }
        k++
      }
      if (ended > 0) {
        for (; k <= last; k++) if (isPresent(of, block, k)) refine(block, k)
        ended--
      }
    },
    restart() {
      ended = 0
    },
  }
}
