import * as v from 'valibot'

/** A record or a refused item of a batch, as they stand in a result (v1 protocol, sections 3.1 and 5.1). */
export const AnyRecord = v.looseObject({ _id: v.optional(v.string()), _type: v.optional(v.string()) })
