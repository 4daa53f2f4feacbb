drop trigger _core_revise on _record_default_access;
drop trigger _core_revise on _record_creation;
drop trigger _core_revise on _record_field_access;

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
