import { fail } from '../../core/failure.ts'
import { gear, type Route } from '../../core/gear.ts'
import { err, ok } from '../../core/result.ts'

/** An upgrade to the app's hub. `/pubsub` and `/_/pubsub` are separate hubs of one protocol (v1 protocol, section 9). */
const socket = (path: string, hub: string): Route => ({
  method: 'GET',
  path,
  access: 'key',
  async open(request, { tenant, hubs }) {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
      return err({ ...fail('BadRequest', 'a WebSocket upgrade is expected here'), status: 426 })
    return ok(await hubs.connect(`${tenant.appId}/${hub}`, request))
  },
})

/** Publish and subscribe over WebSockets. */
export default gear({
  name: 'pubsub',
  actions: {},
  routes: [socket('/pubsub', 'public'), socket('/_/pubsub', 'internal')],
})
