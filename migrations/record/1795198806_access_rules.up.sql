-- Who may create records of a type, the access that its new records get, and who may do what with which field.
-- Tables that are there already are those of an adopted Skygear v1 schema (docs/adoption.md), with its own rules.
create table if not exists _record_creation (
  record_type text not null,
  role_id text not null references _role (id),
  primary key (record_type, role_id)
);

create table if not exists _record_default_access (
  record_type text primary key,
  default_access jsonb
);

-- A login id is nobody's to see who is not logged in, and its user's to change.
do $$
begin
  if to_regclass(format('%I._record_field_access', current_schema())) is null then
    create table _record_field_access (
      record_type text not null,
      record_field text not null,
      user_role text not null,
      writable boolean not null,
      readable boolean not null,
      comparable boolean not null,
      discoverable boolean not null,
      primary key (record_type, record_field, user_role)
    );
    insert into _record_field_access values
      ('user', 'username', '_any_user', false, true, true, true), ('user', 'username', '_owner', true, true, true, true),
      ('user', 'email', '_any_user', false, true, true, true), ('user', 'email', '_owner', true, true, true, true);
  end if;
end
$$;

-- What identifies a type as a plan knows it: changes with a column added, dropped, renamed or retyped, and with a rule of
-- the tables above that concerns the type; null where there is no table.
create or replace function _record_fingerprint(record_type text) returns text
language plpgsql stable set search_path from current as $$
declare
  table_id oid := to_regclass(format('%I.%I', current_schema(), record_type));
begin
  return (
    select (bit_xor(hashtextextended(a.attname::text, a.atttypid::bigint))
      # coalesce((select bit_xor(hashtextextended(f::text, 1)) from _record_field_access f where f.record_type in ($1, '*')), 0)
      # coalesce((select bit_xor(hashtextextended(c.role_id, 2)) from _record_creation c where c.record_type = $1), 0)
      # coalesce((select hashtextextended(d.default_access::text, 3) from _record_default_access d where d.record_type = $1), 0)
    )::text
    from pg_class t join pg_attribute a on a.attrelid = t.oid
    where t.oid = table_id and t.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped);
end
$$;

-- {"fingerprint": text or null, "columns": object, "access": object}: the latter two only where the fingerprint is not the
-- one the caller knows. Rules can be older than the type, hence "access" without a table as well.
create or replace function _record_describe(record_type text, known text) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  fingerprint text := _record_fingerprint(record_type);
begin
  if fingerprint = known then
    return jsonb_build_object('fingerprint', fingerprint);
  end if;
  return jsonb_build_object('fingerprint', fingerprint, 'columns', _record_columns(record_type), 'access', jsonb_build_object(
    'fields', (select coalesce(jsonb_agg(f), '[]') from _record_field_access f where f.record_type in ($1, '*')),
    'creators', (select coalesce(jsonb_agg(c.role_id), '[]') from _record_creation c
      where c.record_type = $1 and c.role_id is not null),
    'default', (select d.default_access from _record_default_access d where d.record_type = $1)));
end
$$;

-- Makes, or takes away, the index that serves conditions and sorts by these fields of a type; idempotent. Its name begins
-- as no record type can, since Postgres keeps the names of indexes and tables together. SG110 where there is no such field.
create function _record_index(record_type text, fields jsonb, is_dropped boolean) returns void
language plpgsql set search_path from current as $$
declare
  index_name text := '_index_' || md5(jsonb_build_array(record_type, fields)::text);
begin
  if not coalesce(_record_columns(record_type) ?& array(select jsonb_array_elements_text(fields)), false) then
    perform _core_refuse('SG110', 'no such type or field');
  end if;
  if is_dropped then
    execute format('drop index if exists %I', index_name);
  else
    execute format('create index if not exists %I on %I (%s)', index_name, record_type,
      (select string_agg(quote_ident(name), ', ' order by place)
       from jsonb_array_elements_text(fields) with ordinality as given(name, place)));
  end if;
end
$$;
