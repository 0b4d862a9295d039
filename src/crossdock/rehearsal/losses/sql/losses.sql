-- What a person with a database client, a disk or a fault of ours could do; rows that somebody has
-- locked at this moment are left for later.

-- name: lose_stream
DELETE FROM stream WHERE (connection_id, stream) IN (
    SELECT s.connection_id, s.stream FROM stream s JOIN connection c USING (connection_id)
    WHERE c.name = %(connection)s AND s.stream = %(stream)s AND s.owner IS NULL
    FOR UPDATE OF s SKIP LOCKED)
RETURNING stream;

-- name: move_cursor_ahead
UPDATE stream SET cursor = %(cursor)s WHERE (connection_id, stream) IN (
    SELECT s.connection_id, s.stream FROM stream s JOIN connection c USING (connection_id)
    WHERE c.name = %(connection)s AND s.stream = %(stream)s AND s.owner IS NULL
    FOR UPDATE OF s SKIP LOCKED)
RETURNING stream;

-- name: lose_message
DELETE FROM message WHERE message_id IN (
    SELECT message_id FROM message
    WHERE work_key = %(work_key)s AND source = 'webhook' AND kind = 'shopify.order' AND state = 'done'
    ORDER BY message_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING message_id;

-- name: end_undecided
UPDATE message SET state = 'done', end_code = 'accepted', ended_at = %(now)s WHERE message_id IN (
    SELECT message_id FROM message
    WHERE work_key = %(work_key)s AND state = 'waiting' FOR UPDATE SKIP LOCKED)
RETURNING message_id;

-- name: close_question
UPDATE hold SET closed_at = %(now)s, closed_by = 'crossdock', resolution = 'answered' WHERE hold_id IN (
    SELECT hold_id FROM hold
    WHERE work_key = %(work_key)s AND closed_at IS NULL AND message_id IS NOT NULL
    FOR UPDATE SKIP LOCKED)
RETURNING hold_id;

-- name: lose_effect
DELETE FROM effect WHERE effect_id IN (
    SELECT effect_id FROM effect
    WHERE work_key = %(work_key)s AND operation = %(operation)s AND state = 'waiting'
    ORDER BY effect_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING effect_id;

-- name: end_unmade
UPDATE effect SET state = 'done', ended_at = %(now)s WHERE effect_id IN (
    SELECT effect_id FROM effect
    WHERE work_key = %(work_key)s AND operation = %(operation)s AND state = 'waiting' AND attempts = 0
    ORDER BY effect_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING effect_id;

-- name: lose_document
DELETE FROM document WHERE (company_id, work_key) IN (
    SELECT company_id, work_key FROM document WHERE work_key = %(work_key)s FOR UPDATE SKIP LOCKED)
RETURNING work_key;

-- name: young_document
SELECT status, data::text AS data, source_version, updated_at FROM document
WHERE work_key = %(work_key)s AND status = ANY (%(statuses)s);

-- name: put_document_back
UPDATE document SET status = %(status)s, data = %(data)s::jsonb, source_version = %(source_version)s,
       updated_at = %(updated_at)s
WHERE (company_id, work_key) IN (
    SELECT company_id, work_key FROM document WHERE work_key = %(work_key)s FOR UPDATE SKIP LOCKED)
RETURNING work_key;

-- name: closes
SELECT run_id, day, closed_at FROM close_run WHERE scope = '' ORDER BY run_id;

-- name: alarms
SELECT c.name AS connection, h.work_key FROM hold h JOIN connection c USING (connection_id)
WHERE h.code IN ('close_differs', 'close_failed') AND h.closed_at IS NULL;

-- name: asked
-- Documents that a person has a question about, or that differ for good since they answered one.
SELECT DISTINCT work_key FROM hold
WHERE (closed_at IS NULL AND code <> 'changed_after_acceptance')
   OR code IN ('shipped_after_cancellation', 'contradiction');

-- name: unswept
SELECT count(*) AS n FROM stream WHERE as_of IS NULL OR as_of < %(since)s;
