drop function _record_index(text, jsonb, boolean);
create or replace function _record_describe(record_type text, known text) returns jsonb
language plpgsql stable set search_path from current as $$
declare
  fingerprint text := _record_fingerprint(record_type);
begin
  if fingerprint is not distinct from known then
    return jsonb_build_object('fingerprint', fingerprint);
  end if;
  return jsonb_build_object('fingerprint', fingerprint, 'columns', _record_columns(record_type));
end
$$;
create or replace function _record_fingerprint(record_type text) returns text
language plpgsql stable set search_path from current as $$
declare
  table_id oid := to_regclass(format('%I.%I', current_schema(), record_type));
begin
  return (
    select bit_xor(hashtextextended(a.attname::text, a.atttypid::bigint))::text
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.oid = table_id and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped);
end
$$;
drop table _record_field_access;
drop table _record_default_access;
drop table _record_creation;
