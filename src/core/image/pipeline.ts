import { IMAGE_OPERATIONS_MAX } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { OutputFormat } from './image.ts'
import { operationOf, textOf } from './operation-text.ts'
import type { Operation } from './operation.ts'
import { wholeFault } from './params.ts'

/** What `pipeline=` asks for: operations in their order, and two settings. One value for all texts that ask the same. */
export type Pipeline = {
  readonly operations: readonly Operation[]
  /** Null: the source's. `auto`: what the client accepts, see negotiate.ts. */
  readonly format: OutputFormat | 'auto' | null
  /** 1 to 100. Null: the format's own. */
  readonly quality: number | null
}

/** Why a pipeline is refused: it says something that is nothing, or asks for more than a limit allows. */
export type PipelineFault = {
  readonly kind: 'invalid' | 'limit'
  readonly message: string
  /** The operation's own text, where it is about one. */
  readonly operation?: string
}

/** As the grammar spells them: `image/jpeg` is asked for as `jpg`. */
const FORMATS: ReadonlyMap<string, OutputFormat | 'auto'> = new Map([
  ['jpg', 'jpeg'],
  ['png', 'png'],
  ['webp', 'webp'],
  ['avif', 'avif'],
  ['auto', 'auto'],
])

/**
 * Reads `image/resize,w_200/format,webp/quality,Q_85` (v2 reference, section 4.9, whose faults have these messages). What
 * v2 did not have is named as in Aliyun's OSS, whose grammar v2 had taken over. `operationsMax`: where an app allows fewer.
 */
export function parsePipeline(
  text: string,
  operationsMax: number = IMAGE_OPERATIONS_MAX,
): Result<Pipeline, PipelineFault> {
  const [type, ...parts] = text.split('/')
  if (type !== 'image') return err({ kind: 'invalid', message: `invalid asset type: ${type}` })
  if (parts.length > operationsMax) return err({ kind: 'limit', message: 'query too long' })

  let { operations, format, quality }: Pipeline = { operations: [], format: null, quality: null }
  for (const part of parts) {
    const read = partOf(part)
    if (!read.ok) return err({ kind: 'invalid', message: read.error, operation: part })
    if ('format' in read.value) format = read.value.format
    else if ('quality' in read.value) quality = read.value.quality
    else operations = [...operations, ...read.value.operations]
  }
  return ok({ operations, format, quality })
}

type Part =
  | { readonly format: OutputFormat | 'auto' }
  | { readonly quality: number }
  /** None where it would do nothing. */
  | { readonly operations: readonly Operation[] }

function partOf(part: string): Result<Part, string> {
  const [name = '', ...args] = part.split(',')
  if (name === 'format') {
    const format = FORMATS.get(args.join(','))
    return format ? ok({ format }) : err(`invalid format: ${args.join(',')}`)
  }
  if (name === 'quality') return qualityOf(args.join(','))
  const operation = operationOf(name, args)
  return operation.ok ? ok({ operations: operation.value ? [operation.value] : [] }) : operation
}

function qualityOf(text: string): Result<Part, string> {
  if (!text.startsWith('Q_')) return err(`invalid quality: ${text}`)
  const value = text.slice('Q_'.length)
  const fault = wholeFault(1, 100)(value)
  return fault === null ? ok({ quality: Number(value) }) : err(fault)
}

/** One text for all that ask the same; `parsePipeline` of it is the pipeline again. */
export function canonical({ operations, format, quality }: Pipeline): string {
  const spelt = [...FORMATS].find(([, each]) => each === format)?.[0]
  return [
    'image',
    ...operations.map(textOf),
    ...(spelt === undefined ? [] : [`format,${spelt}`]),
    ...(quality === null ? [] : [`quality,Q_${quality}`]),
  ].join('/')
}

/** The names of the assets that it puts on a picture, each once, in order. */
export const marksOf = ({ operations }: Pipeline): readonly string[] => [
  ...new Set(operations.flatMap((each) => (each.do === 'watermark' ? each.asset : []))),
]
