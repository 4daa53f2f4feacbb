create or replace function _auth_require_unique(lists jsonb, may_extend boolean) returns void
language plpgsql set search_path from current as $$
declare
  fields text[];
  wanted text;
begin
  for fields in select array(select jsonb_array_elements_text(list) order by 1) from jsonb_array_elements(lists) as list loop
    wanted := 'auth_record_keys_user_' || array_to_string(fields, '_') || '_key';
    if not exists (select from pg_constraint where conrelid = '"user"'::regclass and conname = wanted) then
      if not may_extend then
        perform _core_refuse('SG114', format('the schema lacks the constraint %s', wanted));
      end if;
      perform pg_advisory_xact_lock(hashtextextended('skygear.record.extend.' || current_schema(), 0));
      if not exists (select from pg_constraint where conrelid = '"user"'::regclass and conname = wanted) then
        begin
          execute format('alter table "user" add constraint %I unique (%s)', wanted,
            (select string_agg(format('%I', field), ', ') from unnest(fields) as field));
        exception when unique_violation then
          perform _core_refuse('SG114', format('users share %s, by which one user is to be known',
            array_to_string(fields, ' and ')));
        when undefined_object then
          perform _core_refuse('SG114', format('%s cannot be unique, and users are to be known by it',
            array_to_string(fields, ' and ')));
        end;
      end if;
    end if;
  end loop;
end
$$;
drop function _auth_stale_unique(jsonb);
