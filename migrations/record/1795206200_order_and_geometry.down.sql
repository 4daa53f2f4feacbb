drop index _follow_right_id;
drop index _friend_right_id;
do $$
declare
  index_name text;
begin
  for index_name in
    select c.relname from pg_class c
    where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind in ('i', 'I') and c.relname ~ '^_(created_at|near)_'
  loop
    execute format('drop index %I', index_name);
  end loop;
end
$$;
-- Makes the tables and columns that {type: {column: schema type}} asks for. Idempotent, one at a time in a schema,
-- so that a hundred first writers of a type all succeed. A location gets an index. SG114 where a column has another type or a referenced type is missing.
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
drop function _record_index_order(text);
