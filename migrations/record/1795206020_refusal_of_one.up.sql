-- Why a record that is saved alone was not stored: runs a text that refuses it ($1 is the record), or answers nothing.
-- Planned only where it is asked.
create function _record_why(why text, sent jsonb) returns json
language plpgsql as $$
declare
  outcome json;
begin
  execute why into outcome using sent;
  return outcome;
end
$$;
