import * as v from 'valibot'
import { PUBSUB_CHANNEL_CHARS_MAX } from '../../core/limits.ts'

const Channel = v.pipe(v.string(), v.minLength(1), v.maxLength(PUBSUB_CHANNEL_CHARS_MAX))

/** What a client may say (v1 protocol, section 9.3). `data` may be any JSON but null. */
const Frame = v.variant('action', [
  v.object({ action: v.literal('sub'), channel: Channel }),
  v.object({ action: v.literal('unsub'), channel: Channel }),
  v.object({
    action: v.literal('pub'),
    channel: Channel,
    data: v.pipe(
      v.unknown(),
      v.check((data) => data != null),
    ),
  }),
])
export type Frame = v.InferOutput<typeof Frame>

/** Null: no frame of the protocol. */
export function parseFrame(text: string): Frame | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Frame), text)
  return parsed.success ? parsed.output : null
}

export const eventFrame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })
