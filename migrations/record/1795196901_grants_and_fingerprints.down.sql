drop function _record_grants(text, text);
create or replace function _record_require(record_type text, known text) returns void
language plpgsql stable set search_path from current as $$
begin
  if _record_describe(record_type, known) ? 'columns' then
    raise exception using errcode = 'SG002', message = 'record type has changed';
  end if;
end
$$;
create or replace function _record_describe(record_type text, known text) returns jsonb
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
drop function _record_fingerprint(text);
