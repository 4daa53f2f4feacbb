-- Users, their sessions and roles: what every gear's guard asks for.
-- Names are unqualified: the runner sets search_path to the app's schema, then public.
-- The version of every module in this schema, kept by the runner beside the modules' own version tables: what the
-- guard reads.
create table _core_module (
  name text primary key,
  version bigint not null
);

create table _core_user (
  id text primary key,
  created_at timestamp not null default timezone('utc', now()),
  last_login_at timestamp,
  last_seen_at timestamp,
  disabled boolean not null default false,
  disabled_message text,
  disabled_expiry timestamp,
  verified boolean not null default false,
  manually_verified boolean not null default false,
  verify_info jsonb not null default '{}'
);

-- One row per login. A token is worth something only while its row is here.
create table _core_session (
  id text primary key,
  user_id text not null references _core_user (id) on delete cascade,
  client_id text,
  created_at timestamp not null default timezone('utc', now()),
  expires_at timestamp
);
create index _core_session_user_id_idx on _core_session (user_id);

-- Where they are there already, they are those of an adopted Skygear v1 schema (docs/adoption.md).
create table if not exists _role (
  id text primary key,
  by_default boolean not null default false,
  is_admin boolean not null default false
);
insert into _role (id, is_admin) select 'Admin', true where not exists (select from _role);

create table if not exists _auth_role (
  auth_id text not null references _core_user (id) on delete cascade,
  role_id text not null references _role (id),
  primary key (auth_id, role_id)
);

-- Raises a failure of the contract: SQLSTATE is 'SG' and the code's three digits, detail is the error's info as JSON.
create function _core_refuse(code text, message text, info text default null) returns json
language plpgsql as $$
begin
  if info is null then
    raise exception using errcode = code, message = message;
  end if;
  raise exception using errcode = code, message = message, detail = info;
end
$$;

-- SG127 where the user is disabled now, with what a client may show as info.
create function _core_require_enabled(holder _core_user) returns void
language plpgsql stable set search_path from current as $$
begin
  if holder.disabled and (holder.disabled_expiry is null or holder.disabled_expiry > timezone('utc', now())) then
    perform _core_refuse('SG127', 'user is disabled', jsonb_strip_nulls(jsonb_build_object(
      'message', holder.disabled_message,
      'expiry', to_char(holder.disabled_expiry, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))::text);
  end if;
end
$$;

-- The first statement of every transaction; one function, whose plans Postgres keeps (half the cost of the same as text).
-- SG001: a module of this schema is older than expected ({module: version}). SG104: the session is gone. SG127: its user
-- is disabled. Without a session only the versions are judged.
create function _core_guard(expected jsonb, session_id text, session_user_id text) returns void
language plpgsql stable set search_path from current as $$
declare
  holder _core_user;
begin
  if exists (
    select from jsonb_each_text(expected) e left join _core_module m on m.name = e.key
    where m.version is null or m.version < e.value::bigint
  ) then
    raise exception using errcode = 'SG001', message = 'schema is behind';
  end if;
  if session_id is null then
    return;
  end if;
  select u.* into holder
  from _core_session s join _core_user u on u.id = s.user_id
  where s.id = session_id and s.user_id = session_user_id
    and (s.expires_at is null or s.expires_at > timezone('utc', now()));
  if not found then
    perform _core_refuse('SG104', 'access token not accepted');
  end if;
  perform _core_require_enabled(holder);
end
$$;
