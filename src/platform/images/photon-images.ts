import { IMAGE_QUEUE_MAX, IMAGE_WAIT_SECONDS_MAX } from '../../core/limits.ts'
import type { Images } from '../../core/ports.ts'
import { err } from '../../core/result.ts'

/**
 * Pictures made in the isolate that asks, one at a time, as each takes tens of its 128 MB; some wait, and beyond that it
 * is `busy`. JPEG and PNG are read and written row by row by modules of our own, WebP and AVIF by libwebp and libaom,
 * and photon reads GIFs and what is animated. All of it is loaded with the first picture.
 *
 * Each waits in its own request by its own timers: in workerd one request cannot be woken by another, and a request that
 * goes away while it waits never says so, which is why a place is free after a while, used or not.
 */
export function photonImages(): Images {
  const waiting = new Map<symbol, number>()
  let running: { readonly place: symbol; readonly since: number } | null = null
  const isGone = (since: number): boolean => Date.now() - since > IMAGE_WAIT_SECONDS_MAX * 1000
  const isNext = (place: symbol): boolean => {
    if (running && !isGone(running.since)) return false
    return waiting.keys().next().value === place
  }
  return {
    async render(plan, load) {
      for (const [place, since] of waiting) if (isGone(since)) waiting.delete(place)
      if (waiting.size >= IMAGE_QUEUE_MAX) return err('busy')
      const place = Symbol('a place in the queue')
      waiting.set(place, Date.now())
      while (!isNext(place)) {
        await pause(PAUSE_MS)
        // Who is asleep for so long has lost the place, and who is before has not gone on.
        if (!waiting.has(place)) return err('busy')
        for (const [other, since] of waiting) if (isGone(since)) waiting.delete(other)
      }
      waiting.delete(place)
      running = { place, since: Date.now() }
      try {
        const [{ render }, source] = await Promise.all([import('./render.ts'), load()])
        return await render(plan, source)
      } finally {
        if (running?.place === place) running = null
      }
    },
  }
}

/** How often a picture looks whether it is its turn: a hundredth of what one takes. */
const PAUSE_MS = 5
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
