ALTER TABLE message ADD COLUMN rehearsed text NOT NULL DEFAULT 'before';
ALTER TABLE effect ADD COLUMN rehearsed text NOT NULL DEFAULT 'before';
ALTER TABLE document ADD COLUMN rehearsed text NOT NULL DEFAULT 'before';
ALTER TABLE worker ADD COLUMN release text NOT NULL DEFAULT 'older';
CREATE INDEX message_by_rehearsal ON message (rehearsed, message_id);
CREATE FUNCTION rehearsed_release() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'newer' $$;
