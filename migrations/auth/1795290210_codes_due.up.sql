-- How often codes are sent is a limit of the app's own now, counted outside. What stays is how many are good at once:
-- each is one more that a guess may hit. Apps may have a list of fields as what makes a user verified, or say that
-- themselves; and may have codes sent when a field changes, which is noted in the transaction that changes it, as a row
-- of _auth_code whose purpose is `due` and whose hash no code has.

-- Keeps a code for the user, and of the same kind and field only the latest: `kept` with this one. Always true, as it
-- stands in conditions. The user is locked, so that calls at once keep no more.
drop function _auth_issue_code(text, text, text, text, text, text, timestamp, integer);
create function _auth_issue_code(
  target_user_id text, new_id text, new_purpose text, new_key text, new_target text, code text, expires timestamp,
  kept integer
) returns boolean
language plpgsql set search_path from current as $$
begin
  perform from _core_user where id = target_user_id for no key update;
  delete from _auth_code where user_id = target_user_id and expires_at < timezone('utc', now());
  delete from _auth_code where id in (
    select id from _auth_code
    where user_id = target_user_id and purpose = new_purpose and record_key = new_key
    order by created_at desc, id offset kept - 1);
  insert into _auth_code (id, user_id, purpose, record_key, target, hash, expires_at)
    values (new_id, target_user_id, new_purpose, new_key, new_target, _auth_code_hash(new_id, code), expires);
  return true;
end
$$;

-- On the user record, made by _auth_prepare_verification: the fields that say what is proved say so whatever is
-- written, and _core_user.verified with them. Arguments: `any`, `all`, a JSON list of fields that have to be proved, or
-- `given`, where is_verified is what is written; then the fields that an app has verified.
-- In a transaction where skygear.codes_due is on, a code is due for each of these that an existing user's record has a
-- new value of, which is not proved; a record may have outlived its user.
create or replace function _auth_keep_verified() returns trigger
language plpgsql set search_path from current as $$
declare
  profile jsonb := to_jsonb(new);
  criteria text := tg_argv[0];
  listed jsonb;
  flags jsonb;
  is_verified boolean;
  is_manual boolean;
begin
  if criteria like '[%' then
    listed := criteria::jsonb;
  end if;
  with keys as (
    select a.key, profile ->> a.key as value, exists (
      select from _auth_verified v
      where v.user_id = new._id and v.record_key = a.key and v.record_value = profile ->> a.key) as proved
    from unnest(tg_argv) with ordinality as a(key, place) where a.place > 1
  )
  select jsonb_object_agg(key || '_verified', proved),
    case criteria
      when 'any' then bool_or(proved)
      when 'all' then bool_or(proved) and bool_and(proved or value is null)
      when 'given' then coalesce(profile -> 'is_verified' = 'true', false)
      else coalesce(jsonb_agg(key) filter (where proved), '[]') @> listed
    end
  into flags, is_verified from keys;
  if tg_op = 'UPDATE' and new._database_id = '' and current_setting('skygear.codes_due', true) = 'on' then
    delete from _auth_code c where c.user_id = new._id and c.purpose = 'due'
      and profile ->> c.record_key is distinct from to_jsonb(old) ->> c.record_key;
    insert into _auth_code (id, user_id, purpose, record_key, target, hash, expires_at)
    select gen_random_uuid()::text, new._id, 'due', a.key, profile ->> a.key, '', timezone('utc', now()) + interval '1 day'
    from unnest(tg_argv) with ordinality as a(key, place)
    where exists (select from _core_user where id = new._id)
      and a.place > 1 and profile ->> a.key <> '' and profile ->> a.key is distinct from to_jsonb(old) ->> a.key
      and flags -> (a.key || '_verified') = 'false';
  end if;
  update _core_user set verified = is_verified where id = new._id and verified <> is_verified;
  if criteria = 'given' then
    -- What is written of somebody takes back what was decided by hand before.
    if tg_op = 'UPDATE' and not is_verified
      and profile -> 'is_verified' is distinct from to_jsonb(old) -> 'is_verified' then
      update _core_user set manually_verified = false where id = new._id and manually_verified;
    end if;
    return jsonb_populate_record(new, flags);
  end if;
  select manually_verified into is_manual from _core_user where id = new._id;
  return jsonb_populate_record(new, flags
    || jsonb_build_object('is_verified', is_verified or coalesce(is_manual, false)));
end
$$;

-- Makes the fields and the trigger for what an app has verified; nothing where they are there. A user whom Skygear v1
-- had verified (_core_user.verified, set by the adoption) stays so.
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
  -- What v1 said is proved is believed the first time. Of a field that comes later anybody may have said it since.
  insert into _auth_verified (user_id, record_key, record_value)
  select u._id, key, to_jsonb(u) ->> key
  from "user" u join _core_user c on c.id = u._id and c.verified cross join unnest(keys) as key
  where to_jsonb(u) ->> (key || '_verified') = 'true' and to_jsonb(u) ->> key is not null and not exists (
    select from pg_trigger where tgrelid = '"user"'::regclass and tgname like '\_auth\_verified\_%')
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
  -- What records say so far was anybody's to say. Where is_verified is believed, so is what is known of the user.
  update "user" u set is_verified = u.is_verified and exists (
    select from _core_user c where c.id = u._id and (c.verified or c.manually_verified))
  where _database_id = '' and exists (
    select from jsonb_object_keys(flags) as flag where to_jsonb(u) ->> flag = 'true');
end
$$;
