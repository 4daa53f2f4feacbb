-- What Skygear v2's API tells of users and sessions (v2 reference, sections 1.6 to 1.11 and 2.1), so that it can be added
-- without a change to a table.

-- v2's alone: v1 has the user record.
alter table _core_user add column metadata jsonb not null default '{}';

-- The identity by which the session was entered, as it was then: the auth module's to write, and to keep one of the
-- user's. No reference: that module's tables come after this one's.
-- An access is {time, remote: {remote_addr, x_forwarded_for, x_real_ip, forwarded}, user_agent, extra}, `extra` being
-- what v2's SDKs say of their device. v1 notes one where it starts a session and where `me` prolongs it, and never else:
-- a call costs no write.
-- v2's alone are the hashes of its opaque tokens (v1's are signed, and nothing is kept of them) and the authenticator of
-- its second step.
alter table _core_session
  add column identity_id text,
  add column identity_type text,
  add column identity_updated_at timestamp,
  add column authenticator_id text,
  add column authenticator_type text,
  add column authenticator_oob_channel text,
  add column authenticator_updated_at timestamp,
  add column access_token_hash text,
  add column access_token_created_at timestamp not null default timezone('utc', now()),
  add column refresh_token_hash text,
  add column accessed_at timestamp not null default timezone('utc', now()),
  add column initial_access jsonb not null default '{}',
  add column last_access jsonb not null default '{}';
update _core_session set access_token_created_at = created_at, accessed_at = created_at;
