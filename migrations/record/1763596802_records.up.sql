-- Record tables as Skygear v1 lays them out, and the functions that read, extend and write them.

-- The profile of each user: the record user/<id>, id being _core_user.id. There already in an adopted Skygear v1 schema.
create table if not exists "user" (
  _id text not null,
  _database_id text not null,
  _owner_id text not null,
  _access jsonb,
  _created_at timestamp not null,
  _created_by text,
  _updated_at timestamp not null,
  _updated_by text,
  username citext,
  email citext,
  last_login_at timestamp,
  primary key (_id, _database_id, _owner_id),
  unique (_id),
  constraint auth_record_keys_user_username_key unique (username),
  constraint auth_record_keys_user_email_key unique (email)
);

-- The table of a record type, or null. Looks only in this schema, only at tables, and in the catalogue itself:
-- to_regclass() answers from a cache that may not know what another session has just made. Compared as `name`, since the
-- catalogue's index is on names: as text, every look would read the whole catalogue (3 ms against 0.1).
create function _record_table(record_type text) returns regclass
language sql stable set search_path from current as $$
  select c.oid::regclass from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relname = record_type::name and c.relkind in ('r', 'p')
$$;

-- The columns of a record type as {name: schema type}, schema types being those of the v1 protocol, section 5.2.
create function _record_columns(record_type text) returns jsonb
language sql stable set search_path from current as $$
  select jsonb_object_agg(a.attname, case
    when f.target = '_asset' then 'asset'
    when f.target is not null then 'ref(' || f.target || ')'
    when format_type(a.atttypid, null) in ('text', 'citext', 'character varying') then 'string'
    when format_type(a.atttypid, null) in ('double precision', 'real', 'numeric') then 'number'
    when format_type(a.atttypid, null) = 'boolean' then 'boolean'
    when format_type(a.atttypid, null) in ('jsonb', 'json') then 'json'
    when format_type(a.atttypid, null) = 'timestamp without time zone' then 'datetime'
    when format_type(a.atttypid, null) = 'point' then 'location'
    when format_type(a.atttypid, null) in ('integer', 'bigint', 'smallint') then
      case when pg_get_expr(d.adbin, d.adrelid) like 'nextval(%' then 'sequence' else 'integer' end
    else 'unknown(' || format_type(a.atttypid, null) || ')'
  end)
  from pg_attribute a
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join lateral (
    select t.relname as target from pg_constraint c join pg_class t on t.oid = c.confrelid
    where c.conrelid = a.attrelid and c.contype = 'f' and c.conkey = array[a.attnum] limit 1
  ) f on true
  where a.attrelid = _record_table(record_type) and a.attnum > 0 and not a.attisdropped
$$;

-- {"fingerprint": text or null, "columns": object}: columns only where the fingerprint is not the one the caller knows.
-- The fingerprint changes whenever a column is added, dropped, renamed or retyped; it is null where there is no table.
create function _record_describe(record_type text, known text) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  -- Found first: inside the condition it would be looked up again for every row.
  table_id oid := (
    select c.oid from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relname = record_type::name and c.relkind in ('r', 'p'));
  fingerprint text;
begin
  select hashtextextended(string_agg(a.attname || ':' || a.atttypid, ',' order by a.attnum), 0)::text
  into fingerprint
  from pg_attribute a
  where a.attrelid = table_id and a.attnum > 0 and not a.attisdropped;
  if fingerprint is not distinct from known then
    return jsonb_build_object('fingerprint', fingerprint);
  end if;
  return jsonb_build_object('fingerprint', fingerprint, 'columns', _record_columns(record_type));
end
$$;

-- SG002 where a type is not as the caller knows it: what was to be written was planned for another table.
create function _record_require(record_type text, known text) returns void
language plpgsql stable set search_path from current as $$
begin
  if _record_describe(record_type, known) ? 'columns' then
    raise exception using errcode = 'SG002', message = 'record type has changed';
  end if;
end
$$;

-- Makes the tables and columns that {type: {column: schema type}} asks for. Idempotent, one at a time in a schema,
-- so that a hundred first writers of a type all succeed. SG114 where a column has another type or a referenced type is missing.
create function _record_extend(wanted jsonb) returns void
language plpgsql set search_path from current as $$
declare
  record_type text;
  columns jsonb;
  existing jsonb;
  field text;
  field_type text;
  target text;
  constraint_name text;
begin
  perform pg_advisory_xact_lock(hashtextextended('skygear.record.extend.' || current_schema(), 0));
  for record_type in select key from jsonb_each(wanted) order by key loop
    if _record_table(record_type) is null then
      execute format($ddl$
        create table %I (
          _id text not null, _database_id text not null, _owner_id text not null, _access jsonb,
          _created_at timestamp not null, _created_by text, _updated_at timestamp not null, _updated_by text,
          primary key (_id, _database_id, _owner_id), unique (_id)
        )$ddl$, record_type);
    end if;
  end loop;
  for record_type, columns in select key, value from jsonb_each(wanted) order by key loop
    existing := _record_columns(record_type);
    for field, field_type in select key, value from jsonb_each_text(columns) order by key loop
      target := substring(field_type from '^ref\((.*)\)$');
      if existing ? field then
        if existing ->> field <> field_type and not (
          existing ->> field in ('number', 'integer', 'sequence') and field_type in ('number', 'integer', 'sequence')
        ) then
          perform _core_refuse('SG114', format('%s.%s is %s, not %s', record_type, field, existing ->> field, field_type));
        end if;
      elsif target is not null then
        if _record_table(target) is null then
          perform _core_refuse('SG114', format('%s.%s refers to %s, which does not exist', record_type, field, target));
        end if;
        -- v1's name where Postgres can hold it, else one of its own choice, which it keeps unique.
        constraint_name := format('fk_%s_%s_id', field, target);
        execute format('alter table %I add column %I text %s references %I (_id)', record_type, field,
          case when octet_length(constraint_name) <= 63 then format('constraint %I', constraint_name) end, target);
      else
        execute format('alter table %I add column %I %s', record_type, field, case field_type
          when 'string' then 'text'
          when 'number' then 'double precision'
          when 'boolean' then 'boolean'
          when 'json' then 'jsonb'
          when 'datetime' then 'timestamp'
          when 'location' then 'point'
          when 'integer' then 'integer'
          when 'sequence' then 'serial unique'
        end);
      end if;
    end loop;
  end loop;
end
$$;

-- Moves a field's sequence to the given number, never back.
create function _record_advance(record_type text, field text, given bigint) returns boolean
language plpgsql set search_path from current as $$
declare
  sequence regclass := pg_get_serial_sequence(format('%I.%I', current_schema(), record_type), field);
begin
  if given > coalesce(pg_sequence_last_value(sequence), 0) then
    perform setval(sequence, given);
  end if;
  return true;
end
$$;

-- Runs one statement a record, each in a block of its own: {"record": …} or {"error": {…}} for each, in order.
-- A step is {"text": index into texts, "values": the statement's only parameter}. Only what a record can be blamed
-- for (bad value, constraint, refusal) is caught; anything else ends the batch. Atomic: any error raises SG115 with
-- all errors as detail, and nothing is kept.
create function _record_each(texts text[], steps jsonb, atomic boolean) returns setof json
language plpgsql as $$
declare
  step jsonb;
  outcome json;
  failures jsonb := '[]';
  failure jsonb;
  n int := 0;
  state text; reason text; info text; constraint_hit text; column_hit text;
begin
  for step in select value from jsonb_array_elements(steps) loop
    begin
      execute texts[(step ->> 'text')::int] into outcome using step -> 'values';
      return next json_build_object('record', outcome);
    exception when others then
      get stacked diagnostics state = returned_sqlstate, reason = message_text, info = pg_exception_detail,
        constraint_hit = constraint_name, column_hit = column_name;
      if state !~ '^(22|23|SG)' then
        raise;
      end if;
      failure := jsonb_build_object('position', n, 'code', state, 'message', reason, 'detail', info,
        'constraint', constraint_hit, 'column', column_hit);
      failures := failures || failure;
      return next json_build_object('error', failure);
    end;
    n := n + 1;
  end loop;
  if atomic and failures <> '[]' then
    raise exception using errcode = 'SG115', message = 'no record was changed', detail = failures::text;
  end if;
end
$$;
