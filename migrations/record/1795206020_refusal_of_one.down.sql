drop function _record_why(text, jsonb);
