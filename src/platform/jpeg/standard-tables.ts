/** The tables that T.81, annex K gives as typical, and nearly all encoders use. */

/** Quantisation, row by row, of quality 50 (K.1 and K.2). */
const LUMA = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat()
const CHROMA = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...Array.from({ length: 4 }, () => Array<number>(8).fill(99)),
].flat()

/** Row by row. Scaled as libjpeg scales it: `quality` 50 as it is, 100 all 1. */
export function quantization(of: 'luma' | 'chroma', quality: number): readonly number[] {
  const percent = quality < 50 ? 5000 / quality : 200 - quality * 2
  return (of === 'luma' ? LUMA : CHROMA).map((value) =>
    Math.min(255, Math.max(1, Math.floor((value * percent + 50) / 100))),
  )
}

export type HuffmanSpec = { readonly counts: readonly number[]; readonly symbols: readonly number[] }

const bytesOf = (hex: string): readonly number[] => [...Buffer.from(hex, 'hex')]
const DC_SYMBOLS = bytesOf('000102030405060708090a0b')

/** Huffman tables: how many codes of each length, and their symbols (K.3 to K.6). */
export const DC_LUMA: HuffmanSpec = {
  counts: bytesOf('00010501010101010100000000000000'),
  symbols: DC_SYMBOLS,
}
export const DC_CHROMA: HuffmanSpec = {
  counts: bytesOf('00030101010101010101010000000000'),
  symbols: DC_SYMBOLS,
}
export const AC_LUMA: HuffmanSpec = {
  counts: bytesOf('0002010303020403050504040000017d'),
  symbols: bytesOf(
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a' +
      '3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a929394' +
      '95969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8' +
      'e9eaf1f2f3f4f5f6f7f8f9fa',
  ),
}
export const AC_CHROMA: HuffmanSpec = {
  counts: bytesOf('00020102040403040705040400010277'),
  symbols: bytesOf(
    '0001020311040521310612415107617113223281081442' +
      '91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a53545556575859' +
      '5a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7' +
      'b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
  ),
}
