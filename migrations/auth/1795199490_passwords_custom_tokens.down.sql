drop function _auth_ensure_user(text);
drop function _auth_require_unique(jsonb, boolean);
drop function _auth_find_by_fields(jsonb);
drop function _auth_remember_password(text, text, bigint, timestamp);
drop function _auth_require_password(text, timestamp, text);
drop function _auth_set_password(text, timestamp, text);
drop table _sso_custom_token;
drop table _password_history;
