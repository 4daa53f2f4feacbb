-- What the guard compares at every call, in one row: the modules' versions, and a number that changes with whatever else
-- plans are made of, beside the tables' columns.
create table _core_state (
  modules jsonb not null,
  revision bigint not null default 0
);
insert into _core_state (modules) select coalesce(jsonb_object_agg(name, version), '{}') from _core_module;

create function _core_note_modules() returns trigger
language plpgsql set search_path from current as $$
begin
  update _core_state set modules = (select coalesce(jsonb_object_agg(name, version), '{}') from _core_module);
  return null;
end
$$;
create trigger _core_note_modules after insert or update or delete on _core_module
  for each statement execute function _core_note_modules();

-- For triggers on what plans are made of.
create function _core_revise() returns trigger
language plpgsql set search_path from current as $$
begin
  update _core_state set revision = revision + 1;
  return null;
end
$$;

-- What identifies a table as plans know it: changes with a column added, dropped, renamed or retyped, and with the
-- revision; null where there is no table.
create function _core_shape(table_name text) returns text
language plpgsql stable set search_path from current as $$
declare
  table_id oid := to_regclass(format('%I.%I', current_schema(), table_name));
begin
  return (
    select (bit_xor(hashtextextended(a.attname::text, a.atttypid::bigint)) # (select revision from _core_state))::text
    from pg_class t join pg_attribute a on a.attrelid = t.oid
    where t.oid = table_id and t.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped);
end
$$;

-- What every transaction begins with, as one function of one query, whose plan Postgres keeps (measured: two thirds of the
-- cost of the guard and the tables' check apart). SG001: a module of this schema is older than expected ({module: version}).
-- SG104: the session is gone. SG127: its user is disabled. SG002: one of the tables has not the shape that is known of it.
-- Without a session only the versions and the tables are judged. The guard without tables is for Workers from before.
create function _core_guard(expected jsonb, session_id text, session_user_id text, tables text[], shapes text[]) returns void
language plpgsql stable set search_path from current as $$
declare
  first_id oid := case when tables is not null then to_regclass(format('%I.%I', current_schema(), tables[1])) end;
  first_shape text;
  is_head boolean;
  holder_id text;
  is_disabled boolean;
begin
  select c.modules = expected, u.id, u.disabled,
    (select (bit_xor(hashtextextended(a.attname::text, a.atttypid::bigint)) # c.revision)::text
     from pg_attribute a where a.attrelid = first_id and a.attnum > 0 and not a.attisdropped)
  into is_head, holder_id, is_disabled, first_shape
  from _core_state c
  left join _core_session s on s.id = session_id and s.user_id = session_user_id
    and (s.expires_at is null or s.expires_at > timezone('utc', now()))
  left join _core_user u on u.id = s.user_id;
  if not is_head and exists (
    select from jsonb_each_text(expected) e left join _core_module m on m.name = e.key
    where m.version is null or m.version < e.value::bigint
  ) then
    raise exception using errcode = 'SG001', message = 'schema is behind';
  end if;
  if session_id is not null then
    if holder_id is null then
      perform _core_refuse('SG104', 'access token not accepted');
    end if;
    if is_disabled then
      perform _core_require_enabled(u) from _core_user u where u.id = holder_id;
    end if;
  end if;
  for i in 1 .. coalesce(cardinality(tables), 0) loop
    -- The first look takes anything with columns for a table.
    if (i > 1 or first_shape is distinct from shapes[1]) and _core_shape(tables[i]) is distinct from shapes[i] then
      raise exception using errcode = 'SG002', message = 'table has changed';
    end if;
  end loop;
end
$$;
