-- The config database of a v2 cluster, as far as its gateway reads it. created_by, updated_by and last_deployment_id
-- name rows of v2's controller, which are not here.
create table plan (
  id text primary key,
  created_at timestamp not null,
  updated_at timestamp not null,
  name text not null,
  auth_enabled boolean not null default false,
  is_default boolean not null default false,
  microservice_default_resources jsonb not null,
  resource_quota jsonb not null,
  microservice_tolerations jsonb not null,
  microservice_builder_tolerations jsonb not null,
  microservice_builder_resources jsonb not null
);

-- config is the tenant's document; config_old is its shape of before June 2019. app_id has no key: both rows name each other.
create table config (
  id text primary key,
  created_at timestamp not null,
  updated_at timestamp not null,
  config_old jsonb not null default '{}',
  config jsonb not null,
  app_id text not null
);

create table app (
  id text primary key,
  created_at timestamp not null,
  updated_at timestamp not null,
  name text not null unique,
  plan_id text not null references plan (id),
  config_id text not null references config (id),
  auth_version text not null,
  last_deployment_id text,
  created_by text not null,
  updated_by text not null,
  is_free boolean not null default false
);

create table domain (
  id text primary key,
  created_at timestamp not null,
  updated_at timestamp not null,
  domain text not null unique,
  app_id text not null references app (id),
  assignment text not null
);

create table deployment_route (
  id text primary key,
  created_at timestamp not null,
  deployment_version text not null,
  path text not null,
  app_id text not null references app (id),
  type text not null,
  type_config jsonb not null default '{}',
  is_last_deployment boolean not null default false
);
create index deployment_route_app_id_idx on deployment_route (app_id) where is_last_deployment;

-- The plan that a v2 cluster begins with, under the id that its tools know.
insert into plan (id, created_at, updated_at, name, auth_enabled, is_default, microservice_default_resources,
  resource_quota, microservice_tolerations, microservice_builder_tolerations, microservice_builder_resources)
values ('851fe550-e9d5-4d40-9ee1-2fd1e5f70ec7', timezone('utc', now()), timezone('utc', now()), 'default', true, true,
  '{"requests": {"cpu": "125m", "memory": "128Mi"}, "limits": {"cpu": "250m", "memory": "256Mi"}}',
  '{"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}',
  '[{"key": "preemptible", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]',
  '[{"key": "preemptible", "operator": "Equal", "value": "true", "effect": "NoSchedule"}]',
  '{"requests": {"cpu": "750m", "memory": "2Gi"}, "limits": {"cpu": "1", "memory": "4Gi"}}');
