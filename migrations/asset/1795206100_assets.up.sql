-- What is known of each file; its bytes are kept elsewhere, under the app's id and this one. There already in an adopted
-- Skygear v1 schema: then only what v1 had no need of is added. Whose table it is stands in its comment, for the way back.
do $$
begin
  if not exists (select from pg_tables where schemaname = current_schema() and tablename = '_asset') then
    create table _asset (
      id text primary key,
      content_type text not null,
      size bigint not null
    );
    comment on table _asset is 'made by the asset module';
  end if;
end
$$;

-- access: who may have the bytes without a signature, 'public' anybody. pending: announced, and its bytes not there yet.
alter table _asset
  add column access text not null default 'private',
  add column pending boolean not null default false,
  add column created_at timestamp not null default timezone('utc', now());

-- By bytes, as object stores list their keys.
create index _asset_id_bytes on _asset (id text_pattern_ops);

-- How far the sweep has come that compares rows with objects: one row at most.
create table _asset_sweep (reached text not null);

-- Takes away announcements whose bytes never came, but those that a record refers to already. How many went.
create function _asset_forget(names text[]) returns integer
language plpgsql set search_path from current as $$
declare
  name text;
  gone integer := 0;
begin
  foreach name in array names loop
    begin
      delete from _asset where id = name and pending;
      gone := gone + case when found then 1 else 0 end;
    exception when foreign_key_violation then
      -- Kept: whoever saved the record may still send the bytes.
    end;
  end loop;
  return gone;
end
$$;
