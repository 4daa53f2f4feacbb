/** A bucket and nothing else: what an upload and a download cost at least. */
export default {
  async fetch(request, { ASSETS }: { readonly ASSETS: R2Bucket }) {
    const key = new URL(request.url).pathname
    if (request.method === 'PUT') {
      await ASSETS.put(key, request.body)
      return new Response(null, { status: 204 })
    }
    const found = await ASSETS.get(key)
    return new Response(found?.body ?? null, { status: found ? 200 : 404 })
  },
} satisfies ExportedHandler<{ readonly ASSETS: R2Bucket }>
