drop function _core_require_admin(text);
