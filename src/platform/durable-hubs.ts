import type { Hubs } from '../core/ports.ts'

/** Hubs by name, each one Durable Object. */
export function durableHubs(namespace: DurableObjectNamespace): Hubs {
  return { connect: (hub, request) => namespace.get(namespace.idFromName(hub)).fetch(request) }
}
