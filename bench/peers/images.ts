import { planImage } from '../../src/core/image/plan.ts'
import { sniffHeader } from '../../src/core/image/header.ts'
import { parsePipeline } from '../../src/core/image/pipeline.ts'
import {
  IMAGE_BYTES_MAX,
  IMAGE_OPERATIONS_MAX,
  IMAGE_OUTPUT_PIXELS_MAX,
  IMAGE_PIXELS_MAX,
} from '../../src/core/limits.ts'
import { photonImages } from '../../src/platform/images/photon-images.ts'

const LIMITS = {
  bytes: IMAGE_BYTES_MAX,
  pixels: IMAGE_PIXELS_MAX,
  operations: IMAGE_OPERATIONS_MAX,
  outputPixels: IMAGE_OUTPUT_PIXELS_MAX,
}
const images = photonImages()
let source = new Uint8Array()

/** The image engine and nothing else: a picture is put once, and got by any pipeline. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'PUT') {
      source = new Uint8Array(await request.arrayBuffer())
      return new Response(null)
    }
    const text = new URL(request.url).searchParams.get('pipeline')
    if (text === null) return new Response(null)
    const sniffed = sniffHeader(source)
    if (sniffed.kind !== 'header') return new Response(sniffed.kind, { status: 422 })
    const pipeline = parsePipeline(text)
    if (!pipeline.ok) return new Response(pipeline.error.message, { status: 400 })
    const plan = planImage(pipeline.value, { header: sniffed.header, bytes: source.length }, [], [], LIMITS)
    if (!plan.ok) return new Response(plan.error.message, { status: 400 })
    const made = await images.render(plan.value, async () => ({ picture: source, marks: [] }))
    return made.ok ? new Response(made.value) : new Response(made.error, { status: 422 })
  },
}
