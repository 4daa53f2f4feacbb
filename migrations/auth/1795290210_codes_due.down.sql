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

create or replace function _auth_prepare_verification(criteria text, keys text[]) returns void
language plpgsql set search_path from current as $$
declare
  trigger_name text := '_auth_verified_' || md5(criteria || ' ' || array_to_string(keys, ' '));
  other text;
  flags jsonb;
begin
  if exists (select from pg_trigger where tgrelid = '"user"'::regclass and tgname = trigger_name) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('skygear.record.extend.' || current_schema(), 0));
  if exists (select from pg_trigger where tgrelid = '"user"'::regclass and tgname = trigger_name) then
    return;
  end if;
  select jsonb_object_agg(key || '_verified', 'boolean') || jsonb_build_object('is_verified', 'boolean')
  into flags from unnest(keys) as key;
  perform _record_extend(jsonb_build_object('user', flags));
  insert into _auth_verified (user_id, record_key, record_value)
  select u._id, key, to_jsonb(u) ->> key
  from "user" u join _core_user c on c.id = u._id and c.verified cross join unnest(keys) as key
  where to_jsonb(u) ->> (key || '_verified') = 'true' and to_jsonb(u) ->> key is not null
  on conflict do nothing;
  -- Of whom v1 did not say by what, somebody had decided it.
  update _core_user set manually_verified = true
  where verified and not exists (select from _auth_verified v where v.user_id = _core_user.id);
  for other in select tgname from pg_trigger
    where tgrelid = '"user"'::regclass and tgname like '\_auth\_verified\_%' loop
    execute format('drop trigger %I on "user"', other);
  end loop;
  execute format('create trigger %I before insert or update on "user" for each row execute function _auth_keep_verified(%s)',
    trigger_name, (select string_agg(quote_literal(argument), ', ') from unnest(criteria || keys) as argument));
  -- What records say so far was anybody's to say.
  update "user" u set _id = u._id where _database_id = '' and exists (
    select from jsonb_object_keys(flags) as flag where to_jsonb(u) ->> flag = 'true');
end
$$;
