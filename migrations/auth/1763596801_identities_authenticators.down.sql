drop function _auth_set_login_id(text, text, text, text);
drop table _auth_authenticator_password;
drop table _auth_authenticator;
drop table _auth_identity_login_id;
drop table _auth_identity;
