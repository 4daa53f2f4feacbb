create or replace function _core_guard(expected jsonb, session_id text, session_user_id text) returns void
language plpgsql stable set search_path from current as $$
declare
  holder _core_user;
begin
  if exists (
    select from jsonb_each_text(expected) e left join _core_module m on m.name = e.key
    where m.version is null or m.version < e.value::bigint
  ) then
    raise exception using errcode = 'SG001', message = 'schema is behind';
  end if;
  if session_id is null then
    return;
  end if;
  select u.* into holder
  from _core_session s join _core_user u on u.id = s.user_id
  where s.id = session_id and s.user_id = session_user_id
    and (s.expires_at is null or s.expires_at > timezone('utc', now()));
  if not found then
    perform _core_refuse('SG104', 'access token not accepted');
  end if;
  perform _core_require_enabled(holder);
end
$$;
