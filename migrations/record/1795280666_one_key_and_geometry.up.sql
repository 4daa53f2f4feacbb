-- The columns of a record type as {name: schema type}, schema types being those of the v1 protocol, section 5.2. A geometry is
-- PostGIS', wherever that is installed: a base type, as a record type of that name has a type of its rows.
create or replace function _record_columns(record_type text) returns jsonb
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
    when t.typname = 'geometry' and t.typtype = 'b' then 'geometry'
    else 'unknown(' || format_type(a.atttypid, null) || ')'
  end)
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join lateral (
    select r.relname as target from pg_constraint c join pg_class r on r.oid = c.confrelid
    where c.conrelid = a.attrelid and c.contype = 'f' and c.conkey = array[a.attnum] limit 1
  ) f on true
  where a.attrelid = _record_table(record_type) and a.attnum > 0 and not a.attisdropped
$$;

-- Makes the tables and columns that {type: {column: schema type}} asks for. Idempotent, one at a time in a schema,
-- so that a hundred first writers of a type all succeed. A type gets the index of its order, a location one of its own.
-- SG114 where a column has another type, a referenced type is missing, or there is no PostGIS for a geometry. An asset is a
-- reference to its row. The id alone is the key: nothing asks by v1's of three columns beside it (measured, in a table of
-- 1,000,000 rows: 86 MB, and an eighth of the time of a new record).
create or replace function _record_extend(wanted jsonb) returns void
language plpgsql set search_path from current as $$
declare
  record_type text;
  columns jsonb;
  existing jsonb;
  field text;
  field_type text;
  target text;
  constraint_name text;
  -- By its schema where a record type of that name is in front of it.
  postgis regtype := (
    select t.oid from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typname = 'geometry' and t.typtype = 'b' and n.nspname = any(current_schemas(false))
    order by array_position(current_schemas(false), n.nspname) limit 1);
begin
  perform pg_advisory_xact_lock(hashtextextended('skygear.record.extend.' || current_schema(), 0));
  for record_type in select key from jsonb_each(wanted) order by key loop
    if _record_table(record_type) is null then
      execute format($ddl$
        create table %I (
          _id text primary key, _database_id text not null, _owner_id text not null, _access jsonb,
          _created_at timestamp not null, _created_by text, _updated_at timestamp not null, _updated_by text
        )$ddl$, record_type);
      perform _record_index_order(record_type);
    end if;
  end loop;
  for record_type, columns in select key, value from jsonb_each(wanted) order by key loop
    existing := _record_columns(record_type);
    for field, field_type in select key, value from jsonb_each_text(columns) order by key loop
      target := case when field_type = 'asset' then '_asset' else substring(field_type from '^ref\((.*)\)$') end;
      if existing ? field then
        if existing ->> field <> field_type and not (
          existing ->> field in ('number', 'integer', 'sequence') and field_type in ('number', 'integer', 'sequence')
          or existing ->> field = 'geometry' and field_type = 'location'
        ) then
          perform _core_refuse('SG114', format('%s.%s is %s, not %s', record_type, field, existing ->> field, field_type));
        end if;
      elsif target is not null then
        if _record_table(target) is null then
          perform _core_refuse('SG114', format('%s.%s refers to %s, which does not exist', record_type, field, target));
        end if;
        -- v1's name where Postgres can hold it, else one of its own choice, which it keeps unique.
        constraint_name := format('fk_%s_%s_id', field, target);
        execute format('alter table %I add column %I text %s references %I (%I)', record_type, field,
          case when octet_length(constraint_name) <= 63 then format('constraint %I', constraint_name) end, target,
          case when target = '_asset' then 'id' else '_id' end);
      elsif field_type = 'geometry' and postgis is null then
        perform _core_refuse('SG114', format('%s.%s is a geometry, and this database has no PostGIS', record_type, field));
      else
        execute format('alter table %I add column %I %s', record_type, field, case field_type
          when 'string' then 'text'
          when 'number' then 'double precision'
          when 'boolean' then 'boolean'
          when 'json' then 'jsonb'
          when 'datetime' then 'timestamp'
          when 'location' then 'point'
          when 'geometry' then postgis::text
          when 'integer' then 'integer'
          when 'sequence' then 'serial unique'
        end);
        if field_type = 'location' then
          -- A place on a globe, latitude first as earthdistance has it: serves both "near" and "nearest first". To a tenth
          -- of a millimetre, as the sines of the smallest numbers underflow. The column is new, and null in every row.
          execute format('create index on %I using gist (ll_to_earth(round((%I)[1]::numeric, 9)::double precision, '
            'round((%I)[0]::numeric, 9)::double precision))', record_type, field, field);
        end if;
      end if;
    end loop;
  end loop;
end
$$;

-- As before, and what Postgres cannot hold (SQLSTATE 54: an index entry of more than 2,704 bytes) is the record's fault as
-- well: the classes are those of src/core/fault.ts.
create or replace function _record_each(texts text[], steps jsonb, atomic boolean) returns setof json
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
      if outcome is null and step ? 'why' then
        execute texts[(step ->> 'why')::int] into outcome using step -> 'values';
      end if;
      return next json_build_object('record', outcome);
    exception when others then
      get stacked diagnostics state = returned_sqlstate, reason = message_text, info = pg_exception_detail,
        constraint_hit = constraint_name, column_hit = column_name;
      if state !~ '^(22|23|54|SG)' then
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

-- Makes, or takes away, the index that serves conditions and sorts by these fields of a type; idempotent. Its name begins
-- as no record type can, since Postgres keeps the names of indexes and tables together. A field of arrays and objects has an
-- index of what is in them, by itself: SG108 beside others, as it has no order. SG110 where there is no such field.
create or replace function _record_index(record_type text, fields jsonb, is_dropped boolean) returns void
language plpgsql set search_path from current as $$
declare
  index_name text := '_index_' || md5(jsonb_build_array(record_type, fields)::text);
  columns jsonb := _record_columns(record_type);
  is_json boolean;
begin
  if not coalesce(columns ?& array(select jsonb_array_elements_text(fields)), false) then
    perform _core_refuse('SG110', 'no such type or field');
  end if;
  select bool_or(columns ->> name = 'json') into is_json from jsonb_array_elements_text(fields) as given(name);
  if is_dropped then
    execute format('drop index if exists %I', index_name);
  elsif is_json and jsonb_array_length(fields) > 1 then
    perform _core_refuse('SG108', 'a field of arrays and objects has an index of its own', '{"arguments": ["fields"]}');
  else
    execute format('create index if not exists %I on %I using %s (%s)', index_name, record_type,
      case when is_json then 'gin' else 'btree' end,
      (select string_agg(format(case when is_json then '(%I::jsonb)' else '%I' end, name), ', ' order by place)
       from jsonb_array_elements_text(fields) with ordinality as given(name, place)));
  end if;
end
$$;
