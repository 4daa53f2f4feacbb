import { Flights } from '../../core/flights.ts'
import type { Scope } from '../../core/gear.ts'
import type { OutputFormat } from '../../core/image/image.ts'
import type { ModernFormat } from '../../core/image/negotiate.ts'
import type { Pipeline } from '../../core/image/pipeline.ts'
import { planImage } from '../../core/image/plan.ts'
import { IMAGE_FLIGHTS_MAX, IMAGE_VARIANTS_MAX, IMAGE_WAIT_SECONDS_MAX } from '../../core/limits.ts'
import type { ImageFault, StoredFile } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { imageLimits } from './config.ts'
import { areKept } from './kept-variants.ts'
import { pictureFault, type PictureFault } from './picture-fault.ts'
import { headerOf, Replaced, UNSUPPORTED, wholeOf } from './picture-source.ts'
import type { Variant } from './variant.ts'

/** All that a picture is made of. `variants`: where those of the original are kept. */
export type Job = {
  readonly original: StoredFile
  readonly marks: readonly StoredFile[]
  readonly pipeline: Pipeline
  readonly accepted: readonly ModernFormat[]
  readonly variant: Variant
  readonly variants: string
}
export type Made = { readonly contentType: string; readonly bytes: Uint8Array }

type Outcome = Result<Made, PictureFault>

/** By the key of the variant: who asks for one that is being made or kept gets the same. */
const flights = new Flights<Outcome>(IMAGE_WAIT_SECONDS_MAX)

/** Makes the picture, or waits for it where it is being made. It is kept after the answer; a fault is not. */
export function makeOnce(job: Job, scope: Scope): Promise<Outcome> {
  const first = Promise.withResolvers<Outcome>()
  const made = flights.join(
    job.variant.key,
    async () => {
      const outcome = flights.size > IMAGE_FLIGHTS_MAX ? err(FAULTS.busy) : await make(job, scope)
      first.resolve(outcome)
      if (outcome.ok) await keep(job, outcome.value, scope)
      return outcome
    },
    scope.later,
  )
  return Promise.race([first.promise, made])
}

/** No pixel is decoded, and no more than headers are read, before all limits have said yes. */
async function make(
  { original, marks, pipeline, accepted }: Job,
  { tenant, files, images }: Scope,
): Promise<Outcome> {
  try {
    const [source, ...others] = await Promise.all([
      headerOf(files, original),
      ...marks.map((mark) => headerOf(files, mark)),
    ])
    if (!source.ok) return source
    const unreadable = others.find((mark) => !mark.ok)
    if (unreadable) return unreadable
    const known = others.flatMap((mark) => (mark.ok ? [mark.value] : []))
    const plan = planImage(pipeline, source.value, known, accepted, imageLimits(tenant))
    if (!plan.ok) return plan
    const rendered = await images.render(plan.value, async () => {
      const [picture, ...others] = await Promise.all([
        wholeOf(files, original),
        ...marks.map((mark) => wholeOf(files, mark)),
      ])
      return { picture, marks: others }
    })
    if (!rendered.ok) return err(FAULTS[rendered.error])
    return ok({ contentType: CONTENT_TYPES[plan.value.output.format], bytes: rendered.value })
  } catch (cause) {
    if (cause instanceof Replaced) return err(REPLACED)
    throw cause
  }
}

const FAULTS: Readonly<Record<ImageFault, PictureFault>> = {
  damaged: pictureFault('damaged', 'the picture is damaged'),
  unsupported: UNSUPPORTED,
  busy: pictureFault('busy', 'too many pictures wait to be made'),
}
const REPLACED = pictureFault('busy', 'the picture is being replaced')

const CONTENT_TYPES: Readonly<Record<OutputFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
}

/** Up to a number, as anybody may invent pipelines: what is beyond it is made each time. */
async function keep({ variant, variants }: Job, made: Made, { files, report }: Scope): Promise<void> {
  const { contentType, bytes } = made
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
  try {
    if (await areKept(files, variants, IMAGE_VARIANTS_MAX)) return
    await files.put(variant.key, { stream, size: bytes.length }, { headers: { contentType }, metadata: {} })
  } catch (cause) {
    report(`a picture cannot be kept: ${String(cause)}`)
  }
}
