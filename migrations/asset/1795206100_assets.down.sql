drop function _asset_forget(text[]);
drop table _asset_sweep;
do $$
begin
  if obj_description('_asset'::regclass) = 'made by the asset module' then
    drop table _asset;
  else
    drop index _asset_id_bytes;
    alter table _asset drop column access, drop column pending, drop column created_at;
  end if;
end
$$;
