-- The order in which records come that are asked for without one: as they were made, which nothing that is hidden changes.
-- The name begins as no record type can, and fits whatever the type is called.
create function _record_index_order(record_type text) returns void
language plpgsql set search_path from current as $$
begin
  execute format('create index if not exists %I on %I (_created_at)',
    '_created_at_' || case when octet_length(record_type) <= 50 then record_type else md5(record_type) end, record_type);
end
$$;

-- Makes the tables and columns that {type: {column: schema type}} asks for. Idempotent, one at a time in a schema,
-- so that a hundred first writers of a type all succeed. A type gets the index of its order, a location one of its own.
-- SG114 where a column has another type, a referenced type is missing, or there is no PostGIS for a geometry. An asset is a
-- reference to its row.
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
      elsif field_type = 'geometry' and to_regtype('geometry') is null then
        perform _core_refuse('SG114', format('%s.%s is a geometry, and this database has no PostGIS', record_type, field));
      else
        execute format('alter table %I add column %I %s', record_type, field, case field_type
          when 'string' then 'text'
          when 'number' then 'double precision'
          when 'boolean' then 'boolean'
          when 'json' then 'jsonb'
          when 'datetime' then 'timestamp'
          when 'location' then 'point'
          when 'geometry' then 'geometry'
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

-- Whom somebody follows, their key answers; who follows somebody, this.
create index if not exists _friend_right_id on _friend (right_id);
create index if not exists _follow_right_id on _follow (right_id);

-- What types of before lack: the index of their order, and one for each location (see _record_extend) that has none.
do $$
declare
  record_type text;
  place record;
begin
  for record_type in
    select c.relname from pg_class c
    where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind in ('r', 'p') and left(c.relname, 1) <> '_'
      and 2 = (select count(*) from pg_attribute a
        where a.attrelid = c.oid and a.attname in ('_id', '_created_at') and not a.attisdropped)
  loop
    perform _record_index_order(record_type);
    for place in
      select a.attname as field from pg_attribute a
      where a.attrelid = format('%I.%I', current_schema(), record_type)::regclass and a.attnum > 0 and not a.attisdropped
        and a.atttypid = 'point'::regtype and not exists (
          select from pg_depend d join pg_class i on i.oid = d.objid join pg_am m on m.oid = i.relam
          where d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.classid = 'pg_class'::regclass and m.amname = 'gist')
    loop
      execute format('create index %I on %I using gist (ll_to_earth(round((%I)[1]::numeric, 9)::double precision, '
        'round((%I)[0]::numeric, 9)::double precision))', '_near_' || md5(record_type || '.' || place.field), record_type,
        place.field, place.field);
    end loop;
  end loop;
end
$$;
