import * as v from 'valibot'
import { action } from '../../../core/gear.ts'
import { developing } from '../../../core/privilege.ts'
import { schema } from '../../../core/schema.ts'
import { EveryType, withEveryType } from './every-type.ts'

export const fetchSchema = action({
  summary: 'Every record type with its fields.',
  access: 'key',
  input: schema(v.object({})),
  output: EveryType,
  async run(_, scope) {
    const allowed = developing(scope)
    return allowed.ok ? withEveryType(scope, []) : allowed
  },
})
