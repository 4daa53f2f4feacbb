import type { Platform } from '../../src/gateway/operations/names.ts'

/** The cluster's domain, of which apps have their default hosts. */
export const domain = (): string => process.env['CLUSTER_DOMAIN'] || 'localhost'

/** What the deployed Worker is told in the same variables. */
export const platform = (): Platform => ({
  domain: domain(),
  operatorHost: process.env['OPERATOR_HOST'] || `operator.${domain()}`,
})
