import * as v from 'valibot'
import { action, gear } from '../../core/gear.ts'
import { ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'

const status = (summary: string) =>
  action({
    summary,
    access: 'anyone',
    input: schema(v.object({})),
    output: schema(v.object({ status: v.literal('OK') })),
    run: async () => ok({ result: { status: 'OK' as const } }),
  })

/** Liveness (v1 protocol, section 1.9). No database is asked: a dead one must not take the health check down. */
export default gear({
  name: '_status',
  always: true,
  actions: {
    home: status('Says that an app answers here.'),
    '_status:healthz': status('Says that the server answers.'),
  },
})
