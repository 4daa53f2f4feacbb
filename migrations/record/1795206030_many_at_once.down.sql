drop function _record_all(text, text[], jsonb, boolean);
