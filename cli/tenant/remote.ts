import type { Operator } from '../operator-client.ts'
import { wrangler, wranglerRegistry, type Run } from '../registry/wrangler.ts'
import { operatorOver } from './operator.ts'

/** Gives `use` the operator of the deployed namespace. */
export const withRemote = <T>(use: (operator: Operator) => Promise<T>, run: Run = wrangler): Promise<T> =>
  operatorOver(wranglerRegistry(run)).then(use)
