import { IMAGE_LIMITS } from '../../src/core/image/allowance.ts'
import { planImage } from '../../src/core/image/plan.ts'
import { sniffHeader } from '../../src/core/image/header.ts'
import { parsePipeline } from '../../src/core/image/pipeline.ts'
import { codecsBytes } from '../../src/platform/images/codecs.ts'
import { photonImages } from '../../src/platform/images/photon-images.ts'

const images = photonImages()
let kept = new Uint8Array()

/**
 * The image engine and nothing else: a picture is put once and got by any pipeline, or posted each time, as bytes come from
 * R2, so that the isolate holds none between two pictures. Without a pipeline it says what the codecs hold.
 */
export default {
  async fetch(request: Request): Promise<Response> {
    const sent = request.method === 'GET' ? null : new Uint8Array(await request.arrayBuffer())
    if (request.method === 'PUT') kept = sent ?? kept
    const text = new URL(request.url).searchParams.get('pipeline')
    if (text === null) return new Response(String(codecsBytes()))
    const picture = sent ?? kept.slice()
    const sniffed = sniffHeader(picture)
    if (sniffed.kind !== 'header') return new Response(sniffed.kind, { status: 422 })
    const pipeline = parsePipeline(text)
    if (!pipeline.ok) return new Response(pipeline.error.message, { status: 400 })
    const file = { header: sniffed.header, bytes: picture.length }
    const plan = planImage(pipeline.value, file, [], [], IMAGE_LIMITS)
    if (!plan.ok) return new Response(plan.error.message, { status: 400 })
    const made = await images.render(plan.value, async () => ({ picture, marks: [] }))
    return made.ok ? new Response(made.value) : new Response(made.error, { status: 422 })
  },
}
