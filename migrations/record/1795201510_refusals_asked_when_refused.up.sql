-- As before, and a step may have a second text, "why": asked only where the first answered nothing, so that a record
-- that is stored does not pay for the planning of what refuses others (measured: a fifth of a save).
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
