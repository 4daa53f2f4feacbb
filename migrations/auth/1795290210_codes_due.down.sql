delete from _auth_code where purpose = 'due';
drop function _auth_issue_code(text, text, text, text, text, text, timestamp, integer);
create function _auth_issue_code(
  target_user_id text, new_id text, new_purpose text, new_key text, new_target text, code text, expires timestamp,
  hourly integer
) returns boolean
language plpgsql set search_path from current as $$
declare
  hour_ago timestamp := timezone('utc', now()) - interval '1 hour';
begin
  perform from _core_user where id = target_user_id for no key update;
  delete from _auth_code
  where user_id = target_user_id and created_at < hour_ago and expires_at < timezone('utc', now());
  if (select count(*) >= hourly from _auth_code
      where user_id = target_user_id and purpose = new_purpose and created_at >= hour_ago) then
    return false;
  end if;
  insert into _auth_code (id, user_id, purpose, record_key, target, hash, expires_at)
    values (new_id, target_user_id, new_purpose, new_key, new_target, _auth_code_hash(new_id, code), expires);
  return true;
end
$$;

-- Of an app whose criteria is `given` or a list the next code makes the trigger anew.
create or replace function _auth_keep_verified() returns trigger
language plpgsql set search_path from current as $$
declare
  profile jsonb := to_jsonb(new);
  criteria text := tg_argv[0];
  flags jsonb;
  is_verified boolean;
  is_manual boolean;
begin
  with keys as (
    select a.key, profile ->> a.key as value, exists (
      select from _auth_verified v
      where v.user_id = new._id and v.record_key = a.key and v.record_value = profile ->> a.key) as proved
    from unnest(tg_argv) with ordinality as a(key, place) where a.place > 1
  )
  select jsonb_object_agg(key || '_verified', proved),
    case criteria when 'all' then bool_or(proved) and bool_and(proved or value is null) else bool_or(proved) end
  into flags, is_verified from keys;
  update _core_user set verified = is_verified where id = new._id and verified <> is_verified;
  select manually_verified into is_manual from _core_user where id = new._id;
  return jsonb_populate_record(new, flags
    || jsonb_build_object('is_verified', is_verified or coalesce(is_manual, false)));
end
$$;
