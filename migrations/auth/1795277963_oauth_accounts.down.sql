drop table _sso_oauth;
