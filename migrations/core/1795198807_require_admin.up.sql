-- SG102 where the user (null: nobody) holds no role that is flagged admin.
create function _core_require_admin(user_id text) returns void
language plpgsql stable set search_path from current as $$
begin
  if not exists (
    select from _auth_role h join _role r on r.id = h.role_id where h.auth_id = $1 and r.is_admin
  ) then
    perform _core_refuse('SG102', 'admin role required');
  end if;
end
$$;
