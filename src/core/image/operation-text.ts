import { IMAGE_BLUR_MAX } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { cropSpelling } from './crop-spelling.ts'
import type { Operation } from './operation.ts'
import { numberOf, paramsOf, wholeFault } from './params.ts'
import { resizeSpelling } from './resize-spelling.ts'
import { said, type Spelling } from './spelling.ts'
import { watermarkSpelling } from './watermark-spelling.ts'

type Named<Name extends Operation['do']> = Extract<Operation, { do: Name }>

const rotate: Spelling<Named<'rotate'>> = {
  read([degrees = '', ...others]) {
    if (others.length > 0) return err(`invalid rotation: ${[degrees, ...others].join(',')}`)
    if (degrees === '0') return ok(null)
    if (degrees === '90') return ok({ do: 'rotate', degrees: 90 })
    if (degrees === '180') return ok({ do: 'rotate', degrees: 180 })
    return degrees === '270' ? ok({ do: 'rotate', degrees: 270 }) : err(`invalid rotation: ${degrees}`)
  },
  args: ({ degrees }) => [String(degrees)],
}

const flip: Spelling<Named<'flip'>> = {
  read(args) {
    const axis = args.join(',')
    return axis === 'horizontal' || axis === 'vertical'
      ? ok({ do: 'flip', axis })
      : err(`invalid axis: ${axis}`)
  },
  args: ({ axis }) => [axis],
}

const grayscale: Spelling<Named<'grayscale'>> = {
  read: (args) => (args.length > 0 ? err(`invalid parameter: ${args[0]}`) : ok({ do: 'grayscale' })),
  args: () => [],
}

const blur: Spelling<Named<'blur'>> = {
  read(args) {
    const read = paramsOf(args, { s: wholeFault(1, IMAGE_BLUR_MAX) })
    if (!read.ok) return read
    const sigma = numberOf(read.value, 's')
    return sigma === null ? err('missing parameter: s') : ok({ do: 'blur', sigma })
  },
  args: ({ sigma }) => said('s', sigma),
}

/** OSS's bounds, in per cent. */
const sharpenFault = wholeFault(50, 399)
const sharpen: Spelling<Named<'sharpen'>> = {
  read(args) {
    const fault = sharpenFault(args.join(','))
    return fault === null ? ok({ do: 'sharpen', amount: Number(args[0]) }) : err(fault)
  },
  args: ({ amount }) => [String(amount)],
}

const SPELLINGS: { readonly [Name in Operation['do']]: Spelling<Named<Name>> } = {
  resize: resizeSpelling,
  crop: cropSpelling,
  watermark: watermarkSpelling,
  rotate,
  flip,
  grayscale,
  blur,
  sharpen,
}
const isOperation = (name: string): name is Operation['do'] => Object.hasOwn(SPELLINGS, name)

/** Null: it would do nothing. */
export const operationOf = (name: string, args: readonly string[]): Result<Operation | null, string> =>
  isOperation(name) ? SPELLINGS[name].read(args) : err(`invalid operation: ${name}`)

export const textOf = <Name extends Operation['do']>(operation: Named<Name> & { do: Name }): string =>
  [operation.do, ...SPELLINGS[operation.do].args(operation)].join(',')
