-- Every way to find a user is an identity: a login id, an account at an OAuth provider, a custom token's principal. Who has
-- none of these is anonymous, or is known by fields of the user record alone (`record_keys`: v1's auth_record_keys, but for
-- username and email, which v2 has no like of). Nobody is without an identity, and a session's is always one of its
-- user's.

alter table _auth_identity add column updated_at timestamp not null default timezone('utc', now());
update _auth_identity set updated_at = created_at;

-- v1 has a login id once for each key, and has apps in which a username is somebody's email; v2 has it once whatever the
-- key. So the constraint is v1's, in the order in which v2 asks (docs/users.md).
-- `login_id` is as it was typed; v2's normal form and claims are computed of it and the type of its key.
alter table _auth_identity_login_id
  drop constraint _auth_identity_login_id_unique,
  add constraint _auth_identity_login_id_unique unique (unique_key, login_id_key);

-- Whose account it is. v1's have no `provider_keys`. That v1 lets a user have one account at a provider, `_auth_link_oauth`
-- sees to: v2 lets it have several.
create table _auth_identity_oauth (
  identity_id text primary key references _auth_identity (id) on delete cascade,
  provider_type text not null,
  provider_keys jsonb not null default '{}',
  provider_user_id text not null,
  token_response jsonb,
  profile jsonb,
  claims jsonb not null default '{}',
  constraint _auth_identity_oauth_unique unique (provider_type, provider_keys, provider_user_id)
);

create table _auth_identity_custom_token (
  identity_id text primary key references _auth_identity (id) on delete cascade,
  provider_user_id text not null unique,
  raw_profile jsonb not null default '{}',
  claims jsonb not null default '{}'
);

-- What of a provider's word on a user v2 looks for: {email}, where there is one.
create function _auth_claims(profile jsonb) returns jsonb
language sql immutable as $$
  select case when jsonb_typeof(profile -> 'email') = 'string' and profile ->> 'email' <> ''
    then jsonb_build_object('email', profile -> 'email') else '{}' end
$$;

-- What v1's tables have of users who are here. An adopted schema keeps the tables as they are, and they are not used any
-- more (docs/adoption.md); our own, which an earlier migration made, go.
with accounts as (
  select gen_random_uuid()::text as id, o.* from _sso_oauth o join _core_user u on u.id = o.user_id
), identities as (
  insert into _auth_identity (id, type, user_id, created_at, updated_at)
  select id, 'oauth', user_id, _created_at, _updated_at from accounts
)
insert into _auth_identity_oauth (identity_id, provider_type, provider_user_id, token_response, profile, claims)
select id, provider, principal_id, token_response, profile, _auth_claims(profile) from accounts;
with accounts as (
  select gen_random_uuid()::text as id, t.* from _sso_custom_token t join _core_user u on u.id = t.user_id
), identities as (
  insert into _auth_identity (id, type, user_id, created_at, updated_at)
  select id, 'custom_token', user_id, _created_at, _created_at from accounts
)
insert into _auth_identity_custom_token (identity_id, provider_user_id) select id, principal_id from accounts;
do $$
begin
  if to_regclass(format('%I._version', current_schema())) is null then
    drop table _sso_oauth;
    drop table _sso_custom_token;
  end if;
end
$$;

-- Whoever changes a user's identities waits here for whoever else does, and for who starts a session of theirs. The user
-- comes first of all that is locked, before the record and the identities, and of several users the one of the lowest id,
-- so that nobody waits in a circle.
create function _auth_lock_identities(target_user_id text) returns void
language plpgsql set search_path from current as $$
begin
  perform from _core_user where id = target_user_id for no key update;
end
$$;

-- Gives a user without an identity one: `record_keys` where there is a password to prove oneself by, else `anonymous`.
create function _auth_ensure_identity(target_user_id text) returns void
language plpgsql set search_path from current as $$
begin
  perform _auth_lock_identities(target_user_id);
  insert into _auth_identity (id, type, user_id)
  select gen_random_uuid()::text, case when p.user_id is null then 'anonymous' else 'record_keys' end, u.id
  from _core_user u left join _auth_authenticator_password p on p.user_id = u.id
  where u.id = target_user_id and not exists (select from _auth_identity i where i.user_id = u.id);
end
$$;
select _auth_ensure_identity(u.id) from _core_user u
where not exists (select from _auth_identity i where i.user_id = u.id);

update _core_session s set identity_id = i.id, identity_type = i.type, identity_updated_at = i.updated_at
from (select distinct on (user_id) * from _auth_identity order by user_id, created_at, id) i where i.user_id = s.user_id;

-- A first way to be found takes the place of none, and where the last one goes there is none again. The sessions that were
-- entered by what is gone go on, by what is there: v1 ends none of them, and v2 ends them before.
create function _auth_settle_identities() returns trigger
language plpgsql set search_path from current as $$
declare
  whose text := coalesce(new.user_id, old.user_id);
  gone text[];
  heir _auth_identity;
begin
  perform _auth_lock_identities(whose);
  if tg_op = 'INSERT' then
    gone := array(select id from _auth_identity where user_id = whose and type in ('anonymous', 'record_keys'));
    if gone = '{}' then
      return null;
    end if;
    delete from _auth_identity where id = any(gone);
    heir := new;
  else
    gone := array[old.id];
    perform _auth_ensure_identity(whose);
    select * into heir from _auth_identity where user_id = whose order by created_at, id limit 1;
  end if;
  update _core_session
  set identity_id = heir.id, identity_type = heir.type, identity_updated_at = heir.updated_at
  where user_id = whose and identity_id = any(gone);
  return null;
end
$$;
create trigger _auth_found_by after insert on _auth_identity
  for each row when (new.type not in ('anonymous', 'record_keys')) execute function _auth_settle_identities();
create trigger _auth_not_found_by after delete on _auth_identity
  for each row when (old.type not in ('anonymous', 'record_keys')) execute function _auth_settle_identities();

-- A password makes of an anonymous user one who is known by fields of the user record.
create function _auth_prove_identity() returns trigger
language plpgsql set search_path from current as $$
declare
  proved _auth_identity;
begin
  perform _auth_lock_identities(new.user_id);
  update _auth_identity set type = 'record_keys', updated_at = timezone('utc', now())
  where user_id = new.user_id and type = 'anonymous'
  returning * into proved;
  update _core_session set identity_type = proved.type, identity_updated_at = proved.updated_at
  where user_id = new.user_id and identity_id = proved.id;
  return null;
end
$$;
create trigger _auth_proved_by after insert on _auth_authenticator_password
  for each row execute function _auth_prove_identity();

-- Makes an account at a provider the user's; in v1's order (v1 protocol, section 4.12) SG108 where it is a user's
-- already, or where the user has one at this provider, and SG110 where there is no such user.
create function _auth_link_oauth(target_user_id text, provider text, principal text, tokens jsonb, said jsonb) returns void
language plpgsql set search_path from current as $$
declare
  new_identity text := gen_random_uuid()::text;
  taken text := 'this is a user’s account already';
  is_user boolean;
begin
  perform from _core_user where id = target_user_id for no key update;
  is_user := found;
  if exists (
    select from _auth_identity_oauth
    where provider_type = provider and provider_keys = '{}' and provider_user_id = principal
  ) then
    perform _core_refuse('SG108', taken);
  end if;
  if exists (
    select from _auth_identity i join _auth_identity_oauth o on o.identity_id = i.id
    where i.user_id = target_user_id and o.provider_type = provider and o.provider_keys = '{}'
  ) then
    perform _core_refuse('SG108', 'the user has an account at this provider already');
  end if;
  if not is_user then
    perform _core_refuse('SG110', 'user not found');
  end if;
  insert into _auth_identity (id, type, user_id) values (new_identity, 'oauth', target_user_id);
  insert into _auth_identity_oauth (identity_id, provider_type, provider_user_id, token_response, profile, claims)
    values (new_identity, provider, principal, tokens, said, _auth_claims(said))
    on conflict on constraint _auth_identity_oauth_unique do nothing;
  if not found then
    perform _core_refuse('SG108', taken);
  end if;
end
$$;

-- As before, with the user locked first, and the identity says when.
create or replace function _auth_set_login_id(target_user_id text, target_key text, value text, folded text) returns boolean
language plpgsql set search_path from current as $$
declare
  current_identity text;
begin
  perform _auth_lock_identities(target_user_id);
  select l.identity_id into current_identity
  from _auth_identity i join _auth_identity_login_id l on l.identity_id = i.id
  where i.user_id = target_user_id and l.login_id_key = target_key
  for update of l;
  if value is null then
    delete from _auth_identity where id = current_identity;
  elsif current_identity is null then
    current_identity := gen_random_uuid()::text;
    insert into _auth_identity (id, type, user_id) values (current_identity, 'login_id', target_user_id);
    insert into _auth_identity_login_id (identity_id, login_id_key, login_id, unique_key)
      values (current_identity, target_key, value, folded);
  else
    update _auth_identity_login_id set login_id = value, unique_key = folded
    where identity_id = current_identity and (login_id <> value or unique_key <> folded);
    if found then
      update _auth_identity set updated_at = timezone('utc', now()) where id = current_identity;
    end if;
  end if;
  return true;
end
$$;

-- As before, with an identity.
create or replace function _auth_stand_in(wanted text) returns void
language plpgsql set search_path from current as $$
begin
  if not exists (select from _core_user where id = wanted) then
    insert into _core_user (id) values (wanted) on conflict do nothing;
    perform _auth_ensure_identity(wanted);
  end if;
end
$$;

-- A user without a user record gets one as any other is saved.
drop function _auth_ensure_user(text);
