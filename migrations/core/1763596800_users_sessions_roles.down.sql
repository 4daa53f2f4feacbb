drop function _core_guard(jsonb, text, text);
drop function _core_require_enabled(_core_user);
drop function _core_refuse(text, text, text);
drop table _auth_role;
drop table _role;
drop table _core_session;
drop table _core_user;
drop table _core_module;
