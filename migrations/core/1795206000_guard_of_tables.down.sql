drop function _core_guard(jsonb, text, text, text[], text[]);
drop function _core_shape(text);
drop function _core_revise();
drop trigger _core_note_modules on _core_module;
drop function _core_note_modules();
drop table _core_state;
