drop function _record_each(text[], jsonb, boolean);
drop function _record_advance(text, text, bigint);
drop function _record_extend(jsonb);
drop function _record_require(text, text);
drop function _record_describe(text, text);
drop function _record_columns(text);
drop function _record_table(text);
drop table "user";
