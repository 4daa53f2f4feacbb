-- An identity is a way to find a user; an authenticator is a way for the user to prove being it.
create table _auth_identity (
  id text primary key,
  type text not null,
  user_id text not null references _core_user (id) on delete cascade,
  created_at timestamp not null default timezone('utc', now())
);
create index _auth_identity_user_id_idx on _auth_identity (user_id);

-- login_id is what the user typed, unique_key its folded form (see core/login-id.ts).
create table _auth_identity_login_id (
  identity_id text primary key references _auth_identity (id) on delete cascade,
  login_id_key text not null,
  login_id text not null,
  unique_key text not null,
  constraint _auth_identity_login_id_unique unique (login_id_key, unique_key)
);

create table _auth_authenticator (
  id text primary key,
  type text not null,
  user_id text not null references _core_user (id) on delete cascade,
  created_at timestamp not null default timezone('utc', now())
);
create index _auth_authenticator_user_id_idx on _auth_authenticator (user_id);

-- One password a user, however many login ids.
create table _auth_authenticator_password (
  authenticator_id text primary key references _auth_authenticator (id) on delete cascade,
  user_id text not null unique references _core_user (id) on delete cascade,
  password text not null,
  updated_at timestamp not null default timezone('utc', now())
);

-- Makes the user's login id of this key be this value; a null value takes it away.
-- Raises unique_violation where somebody else has it.
create function _auth_set_login_id(target_user_id text, target_key text, value text, folded text) returns boolean
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
