drop function _auth_require_verified(text);
drop function _auth_prepare_verification(text, text[]);
-- With the triggers that apps have it on.
drop function _auth_keep_verified() cascade;
drop function _auth_redeem_verification(text, text, integer);
drop trigger _auth_forget_resets on _auth_authenticator_password;
drop function _auth_forget_resets();
drop function _auth_redeem_reset(text, text, bigint);
drop function _auth_find_reset(text, text, bigint);
drop function _auth_issue_code(text, text, text, text, text, text, timestamp, integer);
drop function _auth_code_hash(text, text);
drop table _auth_verified;
drop table _auth_code;
