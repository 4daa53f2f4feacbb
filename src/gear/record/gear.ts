import * as v from 'valibot'
import { gear, section } from '../../core/gear.ts'
import { remove } from './delete.ts'
import { fetch } from './fetch.ts'
import { query } from './query/query.ts'
import { save } from './save.ts'

/** `gear_config.record`. */
const Section = v.object({
  /** Client keys may extend the schema; the default is Skygear's (v1 protocol, section 1.10). */
  development_mode: v.optional(v.boolean(), true),
})

/** Records: an app's data, in tables that follow what is saved. */
export default gear({
  name: 'record',
  section: section('record', Section),
  actions: {
    'record:save': save,
    'record:fetch': fetch,
    'record:query': query,
    'record:delete': remove,
  },
})
