-- Password history, custom tokens, and the functions by which users are found, stood in for and given passwords.
-- Tables that are there already are those of an adopted Skygear v1 schema (docs/adoption.md).
create table if not exists _password_history (
  id text primary key,
  auth_id text not null,
  password text not null,
  logged_at timestamp not null
);
create index if not exists _password_history_auth_id_logged_at_idx on _password_history (auth_id, logged_at desc);

create table if not exists _sso_custom_token (
  user_id text primary key,
  principal_id text not null unique,
  _created_at timestamp not null
);

-- Makes a hash the user's password and ends all of the user's sessions. SG105 where the password is not the one that
-- was set at `proved` any more (null: whatever it is). Nothing where there is no such user.
-- The user is locked first, as by a login: one that proved the old password either is through, and its session is among
-- those that end, or finds another password (_auth_require_password).
create function _auth_set_password(target_user_id text, proved timestamp, hash text) returns void
language plpgsql set search_path from current as $$
declare
  new_authenticator text := gen_random_uuid()::text;
begin
  perform from _core_user where id = target_user_id for no key update;
  if not found then
    return;
  end if;
  -- Always another time, as it tells one password of a user from the next.
  update _auth_authenticator_password
  set password = hash, updated_at = greatest(timezone('utc', clock_timestamp()), updated_at + interval '1 microsecond')
  where user_id = target_user_id and (proved is null or updated_at = proved);
  if not found then
    if proved is not null then
      perform _core_refuse('SG105', 'the old password is not this');
    end if;
    insert into _auth_authenticator (id, type, user_id) values (new_authenticator, 'password', target_user_id);
    insert into _auth_authenticator_password (authenticator_id, user_id, password)
      values (new_authenticator, target_user_id, hash);
  end if;
  delete from _core_session where user_id = target_user_id;
end
$$;

-- SG105 where the user's password is not the one that was set at `proved` any more. `rehashed`, where it is not null,
-- replaces its hash: the same password, so the time stays.
create function _auth_require_password(target_user_id text, proved timestamp, rehashed text) returns void
language plpgsql set search_path from current as $$
begin
  perform from _core_user where id = target_user_id for no key update;
  if rehashed is null then
    perform from _auth_authenticator_password where user_id = target_user_id and updated_at = proved;
  else
    update _auth_authenticator_password set password = rehashed
    where user_id = target_user_id and updated_at = proved;
  end if;
  if not found then
    perform _core_refuse('SG105', 'no user with these login ids and this password');
  end if;
end
$$;

-- Notes a hash that was made the user's password, and forgets those that no rule asks for: all but the latest `size`
-- and those since `since`.
create function _auth_remember_password(target_user_id text, hash text, size bigint, since timestamp) returns void
language plpgsql set search_path from current as $$
begin
  insert into _password_history (id, auth_id, password, logged_at)
    values (gen_random_uuid()::text, target_user_id, hash, timezone('utc', now()));
  delete from _password_history h where h.auth_id = target_user_id and h.logged_at < since and h.id not in (
    select latest.id from _password_history latest where latest.auth_id = target_user_id
    order by latest.logged_at desc, latest.id limit size);
end
$$;

-- The user whose record has these fields, which are columns that identify a user together; null where there is none.
create function _auth_find_by_fields(given jsonb) returns text
language plpgsql stable set search_path from current as $$
declare
  found_id text;
begin
  execute format(
    'select u._id from "user" u, jsonb_populate_record(null::"user", $1) g where u._database_id = '''' and %s',
    (select string_agg(format('u.%1$I = g.%1$I', key), ' and ') from jsonb_object_keys(given) as key)
  ) into found_id using given;
  return found_id;
exception when undefined_column then
  return null;
end
$$;

-- Makes each of these lists of columns unique among users, by the name that Skygear v1 gave such a constraint.
-- SG114 where one is missing and may not be made.
create function _auth_require_unique(lists jsonb, may_extend boolean) returns void
language plpgsql set search_path from current as $$
declare
  fields text[];
  wanted text;
begin
  for fields in select array(select jsonb_array_elements_text(list) order by 1) from jsonb_array_elements(lists) as list loop
    wanted := 'auth_record_keys_user_' || array_to_string(fields, '_') || '_key';
    if not exists (select from pg_constraint where conrelid = '"user"'::regclass and conname = wanted) then
      if not may_extend then
        perform _core_refuse('SG114', format('the schema lacks the constraint %s', wanted));
      end if;
      perform pg_advisory_xact_lock(hashtextextended('skygear.record.extend.' || current_schema(), 0));
      if not exists (select from pg_constraint where conrelid = '"user"'::regclass and conname = wanted) then
        execute format('alter table "user" add constraint %I unique (%s)', wanted,
          (select string_agg(format('%I', field), ', ') from unnest(fields) as field));
      end if;
    end if;
  end loop;
end
$$;

-- Makes the user of this id and its record where they are missing.
create function _auth_ensure_user(wanted text) returns void
language plpgsql set search_path from current as $$
begin
  insert into _core_user (id) values (wanted) on conflict do nothing;
  insert into "user" (_id, _database_id, _owner_id, _created_by, _updated_by, _created_at, _updated_at)
    values (wanted, '', wanted, wanted, wanted, timezone('utc', now()), timezone('utc', now()))
    on conflict do nothing;
end
$$;
