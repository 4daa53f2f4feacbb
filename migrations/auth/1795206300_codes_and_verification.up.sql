-- Codes that prove an address: sent to it, and told us again. And what has been proved.
-- Only a hash is kept, salted by the row's id. `target` is the address as it was when the code was sent.
create table _auth_code (
  id text primary key,
  user_id text not null references _core_user (id) on delete cascade,
  purpose text not null,
  record_key text not null,
  target text not null,
  hash text not null,
  attempts integer not null default 0,
  created_at timestamp not null default timezone('utc', now()),
  expires_at timestamp not null
);
create index _auth_code_user_id_idx on _auth_code (user_id, purpose);

-- The values of a user record's fields that their user has proved to hold: the latest of each field.
create table _auth_verified (
  user_id text not null references _core_user (id) on delete cascade,
  record_key text not null,
  record_value text not null,
  verified_at timestamp not null default timezone('utc', now()),
  primary key (user_id, record_key)
);

create function _auth_code_hash(id text, code text) returns text
language sql immutable as $$ select encode(sha256(convert_to(id || ':' || code, 'UTF8')), 'hex') $$;

-- Keeps a code for the user; false where as many as `hourly` were sent within the hour.
-- The user is locked, so that calls at once are counted one after the other.
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

-- The id of the code by which the user may set a new password; null where it is none, has run out, or was sent to an
-- address that is not the user's any more.
create function _auth_find_reset(target_user_id text, code text, expire_at bigint) returns text
language sql stable set search_path from current as $$
  select c.id from _auth_code c
  where c.user_id = target_user_id and c.purpose = 'reset' and c.hash = _auth_code_hash(c.id, code)
    and c.expires_at > timezone('utc', now()) and extract(epoch from c.expires_at) = expire_at
    and exists (
      select from _auth_identity i join _auth_identity_login_id l on l.identity_id = i.id
      where i.user_id = target_user_id and l.login_id_key = c.record_key and l.unique_key = c.target)
$$;

-- Uses that code up, once whoever else is at it. SG110 where there is none.
create function _auth_redeem_reset(target_user_id text, code text, expire_at bigint) returns void
language plpgsql set search_path from current as $$
begin
  perform from _core_user where id = target_user_id for no key update;
  delete from _auth_code where id = _auth_find_reset(target_user_id, code, expire_at);
  if not found then
    perform _core_refuse('SG110', 'the code is wrong or has expired');
  end if;
end
$$;

-- Whatever sets a password, codes that were sent before set none.
create function _auth_forget_resets() returns trigger
language plpgsql set search_path from current as $$
begin
  delete from _auth_code where user_id = new.user_id and purpose = 'reset';
  return null;
end
$$;
create trigger _auth_forget_resets after insert or update on _auth_authenticator_password
  for each row execute function _auth_forget_resets();

-- The field that this code proves, after which it is proved; null where the code proves nothing, which counts against
-- the user's codes: one that was guessed at `attempts_max` times is worth nothing. Raises nothing, so that the count
-- stays.
create function _auth_redeem_verification(target_user_id text, code text, attempts_max integer) returns text
language plpgsql set search_path from current as $$
declare
  redeemed _auth_code;
begin
  perform from _core_user where id = target_user_id for no key update;
  select c.* into redeemed
  from _auth_code c join "user" u on u._id = c.user_id and u._database_id = ''
  where c.user_id = target_user_id and c.purpose = 'verify' and c.hash = _auth_code_hash(c.id, code)
    and c.attempts < attempts_max and c.expires_at > timezone('utc', now())
    and to_jsonb(u) ->> c.record_key = c.target
  order by c.created_at desc limit 1;
  if not found then
    update _auth_code set attempts = attempts + 1 where user_id = target_user_id and purpose = 'verify';
    return null;
  end if;
  delete from _auth_code
  where user_id = target_user_id and purpose = 'verify' and record_key = redeemed.record_key;
  insert into _auth_verified (user_id, record_key, record_value)
    values (target_user_id, redeemed.record_key, redeemed.target)
    on conflict (user_id, record_key) do update
    set record_value = excluded.record_value, verified_at = excluded.verified_at;
  -- v2 has it by the login id as it is looked up, where the field is one.
  update _core_user set verify_info = verify_info || jsonb_build_object(coalesce((
      select l.unique_key from _auth_identity i join _auth_identity_login_id l on l.identity_id = i.id
      where i.user_id = target_user_id and l.login_id_key = redeemed.record_key and l.login_id = redeemed.target
    ), redeemed.target), true)
  where id = target_user_id;
  update "user" set _updated_at = timezone('utc', now()), _updated_by = target_user_id
  where _id = target_user_id and _database_id = '';
  return redeemed.record_key;
end
$$;

-- On the user record, made by _auth_prepare_verification: the fields that say what is proved say so whatever is
-- written, and _core_user.verified with them. Arguments: `any` or `all`, then the fields that an app has verified.
create function _auth_keep_verified() returns trigger
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

-- Makes the fields and the trigger for what an app has verified; nothing where they are there. A user whom Skygear v1
-- had verified (_core_user.verified, set by the adoption) stays so.
create function _auth_prepare_verification(criteria text, keys text[]) returns void
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

-- SG128 where the user is not verified.
create function _auth_require_verified(target_user_id text) returns void
language plpgsql stable set search_path from current as $$
begin
  if not exists (select from _core_user where id = target_user_id and (verified or manually_verified)) then
    perform _core_refuse('SG128', 'verification is required');
  end if;
end
$$;
