-- A batch of records that are alike, by one text of its own first, which takes all rows and answers those it stored, or null
-- where it could not store all; what it did is then undone, and each has its own step (see _record_each). Answers
-- {"stored": [row]} in no order, or {"outcomes": [outcome]} by steps.
create function _record_all(many text, texts text[], steps jsonb, atomic boolean) returns json
language plpgsql set search_path from current as $$
declare
  stored json;
begin
  begin
    execute many into stored using (select jsonb_agg(value -> 'values') from jsonb_array_elements(steps));
    if stored is not null then
      return json_build_object('stored', stored);
    end if;
    perform _core_refuse('SG000', 'not all could be stored');
  exception when others then
    -- Said again by the step that is to blame.
    null;
  end;
  return json_build_object('outcomes', (select json_agg(outcome) from _record_each(texts, steps, atomic) as outcome));
end
$$;
