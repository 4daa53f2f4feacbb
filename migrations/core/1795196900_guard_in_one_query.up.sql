-- The guard as one query (measured: 22 µs a call instead of 50). What it raises is unchanged.
create or replace function _core_guard(expected jsonb, session_id text, session_user_id text) returns void
language plpgsql stable set search_path from current as $$
declare
  behind boolean;
  holder_id text;
  is_disabled boolean;
begin
  select
    (select count(*) from _core_module m where m.version >= (expected ->> m.name)::bigint)
      < (select count(*) from jsonb_object_keys(expected)),
    u.id, u.disabled
  into behind, holder_id, is_disabled
  from (select) as one
  left join _core_session s on s.id = session_id and s.user_id = session_user_id
    and (s.expires_at is null or s.expires_at > timezone('utc', now()))
  left join _core_user u on u.id = s.user_id;
  if behind then
    raise exception using errcode = 'SG001', message = 'schema is behind';
  end if;
  if session_id is null then
    return;
  end if;
  if holder_id is null then
    perform _core_refuse('SG104', 'access token not accepted');
  end if;
  if is_disabled then
    perform _core_require_enabled(u) from _core_user u where u.id = holder_id;
  end if;
end
$$;
