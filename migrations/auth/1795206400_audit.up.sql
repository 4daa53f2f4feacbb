-- The audit trail, passwords that expire, and whom the master key stands in for.

-- What happened to whom, by whom, from where; `result` is OK or the name of the failure. It refers to nobody: it is kept
-- when its users are gone.
create table _auth_audit (
  id bigint generated always as identity primary key,
  at timestamp not null,
  event text not null,
  result text not null,
  auth_id text,
  actor_id text,
  request_id text not null,
  address text,
  user_agent text,
  claims jsonb not null default '{}',
  data jsonb not null default '{}'
);
create index _auth_audit_auth_id_idx on _auth_audit (auth_id, id);

-- Notes an entry, unless none is kept (`keep_days` 0), and forgets some of the oldest that are older than that. Answers
-- the entry's number.
create function _auth_note(entry jsonb, keep_days int) returns bigint
language plpgsql set search_path from current as $$
declare
  noted bigint;
  since timestamp := timezone('utc', now()) - make_interval(days => keep_days);
  oldest timestamp;
  reach bigint;
begin
  if keep_days > 0 then
    insert into _auth_audit (at, event, result, auth_id, actor_id, request_id, address, user_agent, claims, data)
    select (entry ->> 'at')::timestamp, entry ->> 'event', entry ->> 'result', entry ->> 'auth_id', entry ->> 'actor_id',
      entry ->> 'request_id', entry ->> 'address', entry ->> 'user_agent', entry -> 'claims', entry -> 'data'
    returning id into noted;
  end if;
  select at into oldest from _auth_audit order by id limit 1;
  if oldest < since then
    -- By number, as they come by time: no more are looked at than may go, whatever the size of the trail.
    select max(id) into reach from (select id from _auth_audit order by id limit 100) as first;
    delete from _auth_audit where ctid = any(array(
      select ctid from _auth_audit where id <= reach and at < since order by id limit 100 for update skip locked));
  end if;
  return noted;
end
$$;

-- SG126 where the user's password is older than so many days (v1 protocol, section 4.3): a user without one has none
-- that could expire.
create function _auth_require_fresh_password(holder_id text, expiry_days int) returns void
language plpgsql stable set search_path from current as $$
begin
  if exists (
    select from _auth_authenticator_password
    where user_id = holder_id and updated_at < timezone('utc', now()) - make_interval(days => expiry_days)
  ) then
    perform _core_refuse('SG126', 'password expired', '{"reason":"PasswordExpired"}');
  end if;
end
$$;

-- Makes the user of this id where there is none: whom the master key stands in for is there from then on (v1 protocol,
-- section 2.1). Without a user record: that is made where it is asked for.
create function _auth_stand_in(wanted text) returns void
language plpgsql set search_path from current as $$
begin
  if not exists (select from _core_user where id = wanted) then
    insert into _core_user (id) values (wanted) on conflict do nothing;
  end if;
end
$$;

-- As before, and SG114 where users share what is to be unique: a sign-up that only makes the constraint is no duplicate.
create or replace function _auth_require_unique(lists jsonb, may_extend boolean) returns void
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
        begin
          execute format('alter table "user" add constraint %I unique (%s)', wanted,
            (select string_agg(format('%I', field), ', ') from unnest(fields) as field));
        exception when unique_violation then
          perform _core_refuse('SG114', format('users share %s, by which one user is to be known',
            array_to_string(fields, ' and ')));
        when undefined_object then
          perform _core_refuse('SG114', format('%s cannot be unique, and users are to be known by it',
            array_to_string(fields, ' and ')));
        end;
      end if;
    end if;
  end loop;
end
$$;

-- Makes unique those of the lists whose columns are there: asked where columns are made.
create function _auth_keep_unique(lists jsonb) returns void
language plpgsql set search_path from current as $$
begin
  perform _auth_require_unique((
    select coalesce(jsonb_agg(list), '[]') from jsonb_array_elements(lists) as list
    where not exists (
      select from jsonb_array_elements_text(list) as field where not exists (
        select from pg_attribute a
        where a.attrelid = '"user"'::regclass and a.attname = field and a.attnum > 0 and not a.attisdropped))), true);
end
$$;
