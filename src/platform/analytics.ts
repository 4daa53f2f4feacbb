import { dataPointOf } from '../core/metrics.ts'
import type { RequestLog } from '../core/request-log.ts'

/** Where a request becomes a data point of Workers Analytics Engine: bound as `ANALYTICS` or not is the operator's choice. */
export function analytics(env: object): (entry: RequestLog) => void {
  const dataset: unknown = 'ANALYTICS' in env ? env.ANALYTICS : undefined
  return isDataset(dataset) ? (entry) => dataset.writeDataPoint(dataPointOf(entry)) : () => undefined
}

const isDataset = (value: unknown): value is AnalyticsEngineDataset =>
  typeof value === 'object' &&
  value !== null &&
  'writeDataPoint' in value &&
  typeof value.writeDataPoint === 'function'
