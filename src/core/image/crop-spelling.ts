import { ok } from '../result.ts'
import type { Crop } from './operation.ts'
import { numberOf, paramsOf } from './params.ts'
import { gravityFault, gravityOf, lengthFault, placeFault, said, type Spelling } from './spelling.ts'

const CHECKS = { w: lengthFault, h: lengthFault, x: placeFault, y: placeFault, g: gravityFault }

export const cropSpelling: Spelling<Crop> = {
  read(args) {
    const read = paramsOf(args, CHECKS)
    if (!read.ok) return read
    const [width, height] = [numberOf(read.value, 'w'), numberOf(read.value, 'h')]
    const [x, y] = [numberOf(read.value, 'x') ?? 0, numberOf(read.value, 'y') ?? 0]
    if (width === null && height === null && x === 0 && y === 0) return ok(null)
    return ok({ do: 'crop', width, height, x, y, gravity: gravityOf(read.value, 'nw') })
  },
  args: ({ width, height, x, y, gravity }) => [
    ...said('g', gravity, 'nw'),
    ...said('h', height),
    ...said('w', width),
    ...said('x', x, 0),
    ...said('y', y, 0),
  ],
}
