import * as v from 'valibot'
import { gear, section } from '../../core/gear.ts'
import { remove } from './delete.ts'
import { fetch } from './fetch.ts'
import { query } from './query/query.ts'
import { save } from './save.ts'
import { creationAccess } from './schema/access.ts'
import { createSchema } from './schema/create.ts'
import { defaultAccess } from './schema/default-access.ts'
import { deleteField } from './schema/delete.ts'
import { fetchSchema } from './schema/fetch.ts'
import { getFieldAccess } from './schema/field-access-get.ts'
import { updateFieldAccess } from './schema/field-access-update.ts'
import { indexFields } from './schema/index-fields.ts'
import { renameField } from './schema/rename.ts'

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
    'schema:create': createSchema,
    'schema:rename': renameField,
    'schema:delete': deleteField,
    'schema:fetch': fetchSchema,
    'schema:access': creationAccess,
    'schema:default_access': defaultAccess,
    'schema:field_access:get': getFieldAccess,
    'schema:field_access:update': updateFieldAccess,
    'schema:index': indexFields,
  },
})
