import { sql } from 'drizzle-orm'
import { boolean, index, jsonb, pgTable, text, timestamp, type PgTableFn } from 'drizzle-orm/pg-core'

const stamps = () => ({
  createdAt: timestamp('created_at', { mode: 'string' }).notNull(),
  updatedAt: timestamp('updated_at', { mode: 'string' }).notNull(),
})

/**
 * The config database of a v2 cluster, as far as its gateway reads it (v2 reference, section 1.15). Users and
 * deployments are v2's controller's: their ids refer to nothing here.
 */
export const controllerTables = <S extends string | undefined>(table: PgTableFn<S>) => {
  const plan = table('plan', {
    id: text().primaryKey(),
    ...stamps(),
    name: text().notNull(),
    authEnabled: boolean('auth_enabled').notNull().default(false),
    isDefault: boolean('is_default').notNull().default(false),
    microserviceDefaultResources: jsonb('microservice_default_resources').notNull(),
    resourceQuota: jsonb('resource_quota').notNull(),
    microserviceTolerations: jsonb('microservice_tolerations').notNull(),
    microserviceBuilderTolerations: jsonb('microservice_builder_tolerations').notNull(),
    microserviceBuilderResources: jsonb('microservice_builder_resources').notNull(),
  })
  const config = table('config', {
    id: text().primaryKey(),
    ...stamps(),
    configOld: jsonb('config_old').notNull().default({}),
    config: jsonb().notNull(),
    appId: text('app_id').notNull(),
  })
  const app = table('app', {
    id: text().primaryKey(),
    ...stamps(),
    name: text().notNull().unique(),
    planId: text('plan_id')
      .notNull()
      .references(() => plan.id),
    configId: text('config_id')
      .notNull()
      .references(() => config.id),
    authVersion: text('auth_version').notNull(),
    lastDeploymentId: text('last_deployment_id'),
    createdBy: text('created_by').notNull(),
    updatedBy: text('updated_by').notNull(),
    isFree: boolean('is_free').notNull().default(false),
  })
  const domain = table('domain', {
    id: text().primaryKey(),
    ...stamps(),
    domain: text().notNull().unique(),
    appId: text('app_id')
      .notNull()
      .references(() => app.id),
    assignment: text().notNull(),
  })
  const deploymentRoute = table(
    'deployment_route',
    {
      id: text().primaryKey(),
      createdAt: stamps().createdAt,
      deploymentVersion: text('deployment_version').notNull(),
      path: text().notNull(),
      appId: text('app_id')
        .notNull()
        .references(() => app.id),
      type: text().notNull(),
      typeConfig: jsonb('type_config').notNull().default({}),
      isLastDeployment: boolean('is_last_deployment').notNull().default(false),
    },
    (t) => [
      index('deployment_route_app_id_idx')
        .on(t.appId)
        .where(sql`is_last_deployment`),
    ],
  )
  return { plan, config, app, domain, deploymentRoute }
}

export const { plan, config, app, domain, deploymentRoute } = controllerTables(pgTable)
