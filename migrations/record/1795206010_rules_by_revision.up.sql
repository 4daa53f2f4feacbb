-- The rules of a type are part of its fingerprint by one number, instead of by looking through them at every call.
create trigger _core_revise after insert or update or delete or truncate on _record_field_access
  for each statement execute function _core_revise();
create trigger _core_revise after insert or update or delete or truncate on _record_creation
  for each statement execute function _core_revise();
create trigger _core_revise after insert or update or delete or truncate on _record_default_access
  for each statement execute function _core_revise();

create or replace function _record_fingerprint(record_type text) returns text
language plpgsql stable set search_path from current as $$
begin
  return _core_shape(record_type);
end
$$;
