-- Which account at which provider is whose: one link an account, and one a user and provider.
-- A table that is there already is that of an adopted Skygear v1 schema (docs/adoption.md).
create table if not exists _sso_oauth (
  user_id text not null,
  provider text not null,
  principal_id text not null,
  token_response jsonb,
  profile jsonb,
  _created_at timestamp not null,
  _updated_at timestamp not null,
  primary key (provider, principal_id),
  unique (user_id, provider)
);
