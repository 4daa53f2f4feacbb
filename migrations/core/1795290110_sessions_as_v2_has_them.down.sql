alter table _core_session
  drop column identity_id,
  drop column identity_type,
  drop column identity_updated_at,
  drop column authenticator_id,
  drop column authenticator_type,
  drop column authenticator_oob_channel,
  drop column authenticator_updated_at,
  drop column access_token_hash,
  drop column access_token_created_at,
  drop column refresh_token_hash,
  drop column accessed_at,
  drop column initial_access,
  drop column last_access;
alter table _core_user drop column metadata;
