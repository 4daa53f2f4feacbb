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
/** An action of no meaning: told so, and the connection stays. */
const Unknown = v.object({
  action: v.pipe(
    v.string(),
    v.transform(() => 'unknown' as const),
  ),
  channel: Channel,
})
export type Frame = v.InferOutput<typeof Frame> | v.InferOutput<typeof Unknown>

/** Null: no frame of the protocol. */
export function parseFrame(text: string): Frame | null {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
  if (!json.success) return null
  const frame = v.safeParse(Frame, json.output)
  if (frame.success) return frame.output
  const unknown = v.safeParse(Unknown, json.output)
  return unknown.success && !isAction(json.output) ? unknown.output : null
}

const isAction = (json: unknown): boolean =>
  v.is(v.object({ action: v.picklist(['sub', 'unsub', 'pub']) }), json)

export const eventFrame = (channel: string, data: unknown): string => JSON.stringify({ channel, data })
