-- The constraints of lists of fields by which the app knows users no longer: those that have the name which v1 makes of a
-- constraint's own fields, that no foreign key needs, and whose fields are none of the lists. A username or email by
-- itself is a login id, and not told as a list, unless a list has it together with others.
create function _auth_stale_unique(lists jsonb) returns setof text
language plpgsql stable set search_path from current as $$
begin
  return query select c.conname::text
  from pg_constraint c cross join lateral (
    select array_agg(a.attname::text order by a.attname::text collate "C") as fields
    from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any(c.conkey)
  ) as its
  where c.conrelid = '"user"'::regclass and c.contype = 'u'
    and c.conname = 'auth_record_keys_user_' || array_to_string(its.fields, '_') || '_key'
    and not exists (
      select from jsonb_array_elements(lists) as list
      where its.fields = array(select field from jsonb_array_elements_text(list) as field order by field collate "C"))
    and not (its.fields <@ '{username,email}' and cardinality(its.fields) = 1 and not exists (
      select from jsonb_array_elements(lists) as list where list ? its.fields[1]))
    and not exists (
      select from pg_constraint f where f.contype = 'f' and f.confrelid = c.conrelid and f.conindid = c.conindid);
end
$$;

-- As before, in the order of v1's names whatever the database's, and what is not to be unique any more is not.
create or replace function _auth_require_unique(lists jsonb, may_extend boolean) returns void
language plpgsql set search_path from current as $$
declare
  fields text[];
  wanted text;
begin
  for fields in
    select array(select field from jsonb_array_elements_text(list) as field order by field collate "C")
    from jsonb_array_elements(lists) as list
  loop
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
  if may_extend and exists (select from _auth_stale_unique(lists)) then
    perform pg_advisory_xact_lock(hashtextextended('skygear.record.extend.' || current_schema(), 0));
    for wanted in select * from _auth_stale_unique(lists) loop
      execute format('alter table "user" drop constraint %I', wanted);
    end loop;
  end if;
end
$$;
