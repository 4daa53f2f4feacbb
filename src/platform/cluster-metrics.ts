import { DurableObject } from 'cloudflare:workers'
import { METRICS_FLUSH_SECONDS } from '../core/limits.ts'
import { counters, type Series } from '../core/metrics.ts'
import type { RequestLog } from '../core/request-log.ts'

const TOTALS = 'totals'

/** The one object that adds up what all isolates counted. Its totals outlive it. */
export class ClusterMetrics extends DurableObject {
  readonly #totals = counters()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#totals.add(ctx.storage.kv.get<readonly Series[]>(TOTALS) ?? [])
  }

  add(series: readonly Series[]): void {
    this.#totals.add(series)
    this.ctx.storage.kv.put(TOTALS, this.#totals.read())
  }

  read(): readonly Series[] {
    return this.#totals.read()
  }
}

/** Where requests are counted, and where the operator reads the cluster's totals. */
export type Metrics = {
  readonly count: (entry: RequestLog, later: (work: Promise<unknown>) => void) => void
  readonly read: () => Promise<readonly Series[]>
}

/**
 * Counts in the isolate, and hands what it counted to the cluster's object every `METRICS_FLUSH_SECONDS`, after a
 * response: a request pays for none of it. What an isolate holds when it is evicted is lost.
 */
export function clusterMetrics(
  namespace: DurableObjectNamespace<ClusterMetrics>,
  now: () => number,
): Metrics {
  const held = counters()
  let flushedAt = now()
  const cluster = () => namespace.get(namespace.idFromName('cluster'))
  const flush = async (): Promise<void> => {
    flushedAt = now()
    const series = held.drain()
    if (series.length === 0) return
    try {
      await cluster().add([...series])
    } catch {
      // Kept for the next time.
      held.add(series)
    }
  }
  return {
    count(entry, later) {
      held.count(entry)
      if (now() - flushedAt >= METRICS_FLUSH_SECONDS * 1000) later(flush())
    },
    async read() {
      await flush()
      return cluster().read()
    },
  }
}
