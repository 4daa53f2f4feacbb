import { gear } from '../../core/gear.ts'
import { add } from './add.ts'
import { query } from './query.ts'
import { remove } from './remove.ts'

/** Who is whose friend, and who follows whom (v1 protocol, section 11). In Skygear a part of the record server. */
export default gear({
  name: 'relation',
  partOf: 'record',
  actions: { 'relation:query': query, 'relation:add': add, 'relation:remove': remove },
})
