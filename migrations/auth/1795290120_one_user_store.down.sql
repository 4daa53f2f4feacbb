drop trigger _auth_found_by on _auth_identity;
drop trigger _auth_not_found_by on _auth_identity;
drop function _auth_settle_identities();
drop trigger _auth_proved_by on _auth_authenticator_password;
drop function _auth_prove_identity();
drop function _auth_link_oauth(text, text, text, jsonb, jsonb);

create table if not exists _sso_custom_token (
  user_id text primary key,
  principal_id text not null unique,
  _created_at timestamp not null
);
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
-- Where v1 left them, what they have of our users is of the day of the adoption. As many accounts as v1 has room for: its
-- own are all there.
delete from _sso_custom_token t using _core_user u where u.id = t.user_id;
delete from _sso_oauth o using _core_user u where u.id = o.user_id;
insert into _sso_custom_token (user_id, principal_id, _created_at)
select i.user_id, t.provider_user_id, i.created_at
from _auth_identity i join _auth_identity_custom_token t on t.identity_id = i.id order by i.created_at, i.id
on conflict do nothing;
insert into _sso_oauth (user_id, provider, principal_id, token_response, profile, _created_at, _updated_at)
select i.user_id, o.provider_type, o.provider_user_id, o.token_response, o.profile, i.created_at, i.updated_at
from _auth_identity i join _auth_identity_oauth o on o.identity_id = i.id and o.provider_keys = '{}'
order by i.created_at, i.id
on conflict do nothing;

drop table _auth_identity_custom_token;
drop table _auth_identity_oauth;
delete from _auth_identity where type <> 'login_id';
drop function _auth_claims(jsonb);

create function _auth_ensure_user(wanted text) returns void
language plpgsql set search_path from current as $$
begin
  insert into _core_user (id) values (wanted) on conflict do nothing;
  insert into "user" (_id, _database_id, _owner_id, _created_by, _updated_by, _created_at, _updated_at)
    values (wanted, '', wanted, wanted, wanted, timezone('utc', now()), timezone('utc', now()))
    on conflict do nothing;
end
$$;
create or replace function _auth_stand_in(wanted text) returns void
language plpgsql set search_path from current as $$
begin
  if not exists (select from _core_user where id = wanted) then
    insert into _core_user (id) values (wanted) on conflict do nothing;
  end if;
end
$$;
create or replace function _auth_set_login_id(target_user_id text, target_key text, value text, folded text) returns boolean
language plpgsql set search_path from current as $$
declare
  current_identity text;
begin
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
  end if;
  return true;
end
$$;
drop function _auth_ensure_identity(text);
drop function _auth_lock_identities(text);

alter table _auth_identity_login_id
  drop constraint _auth_identity_login_id_unique,
  add constraint _auth_identity_login_id_unique unique (login_id_key, unique_key);
alter table _auth_identity drop column updated_at;
