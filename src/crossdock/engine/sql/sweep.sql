-- name: ensure_stream
INSERT INTO stream (connection_id, company_id, stream, projection, max_age_seconds, due_at, interval_seconds)
VALUES (%(connection_id)s, %(company_id)s, %(stream)s, %(projection)s, %(max_age)s, %(now)s, %(interval)s)
ON CONFLICT (connection_id, stream) DO UPDATE
SET projection = EXCLUDED.projection, max_age_seconds = EXCLUDED.max_age_seconds
RETURNING xmax = 0 AS made;

-- name: claim_stream
-- None of a connection whose breaker is open, but for the one call that tries it. What is left
-- under this worker's own lease was given up in the middle (the database was away): taken up last.
WITH due AS (
    SELECT st.connection_id, st.stream, b.opened_at IS NOT NULL AS probing
    FROM stream st JOIN connection c USING (connection_id)
    LEFT JOIN breaker b ON b.connection_id = st.connection_id
    WHERE st.due_at <= %(now)s AND NOT c.paused
      AND (st.until IS NULL OR st.until <= %(now)s OR st.owner = %(owner)s)
      AND st.connection_id = ANY (%(connection_ids)s) AND st.stream <> ALL (%(left_out)s)
      AND (b.opened_at IS NULL OR b.probe_at <= %(now)s)
    ORDER BY coalesce(st.until > %(now)s, false), st.due_at LIMIT 1 FOR UPDATE OF st SKIP LOCKED
), probing AS (
    UPDATE breaker b SET probe_at = %(probe_until)s
    FROM due d
    WHERE d.probing AND b.connection_id = d.connection_id AND b.opened_at IS NOT NULL
      AND b.probe_at <= %(now)s
    RETURNING b.connection_id
)
UPDATE stream s SET owner = %(owner)s, until = %(until)s, fence = nextval('fence'), hinted = false,
       heard_at = %(now)s
FROM due d
WHERE s.connection_id = d.connection_id AND s.stream = d.stream
  AND (NOT d.probing OR EXISTS (SELECT 1 FROM probing))
RETURNING s.connection_id, s.stream, s.cursor, s.fence, s.interval_seconds, s.as_of, s.failures, d.probing;

-- name: move_cursor
-- Never backwards; and only by who holds the stream.
UPDATE stream SET cursor = greatest(coalesce(cursor, '' COLLATE "C"), %(cursor)s::text COLLATE "C"),
       until = %(until)s, heard_at = %(now)s, calls = calls + 1
WHERE connection_id = %(connection_id)s AND stream = %(stream)s AND fence = %(fence)s
RETURNING cursor;

-- name: end_sweep
-- A hint asks for another sweep at once, but not of a source that has just failed or asked to wait.
UPDATE stream SET owner = NULL, until = NULL, interval_seconds = %(interval)s, hinted = false,
       due_at = CASE WHEN hinted AND %(failures)s = 0 THEN %(now)s ELSE %(due_at)s END,
       as_of = greatest(%(as_of)s, as_of), last_found = %(found)s, last_missed = %(missed)s,
       failures = %(failures)s, error = %(error)s
WHERE connection_id = %(connection_id)s AND stream = %(stream)s AND fence = %(fence)s;

-- name: stream_due_now
-- A pause after a failure is kept: the sweep that ends it sees what the hint was about.
UPDATE stream SET due_at = CASE WHEN failures = 0 THEN least(due_at, %(now)s) ELSE due_at END, hinted = true
WHERE connection_id = %(connection_id)s AND stream = %(stream)s;

-- name: lock_stream
SELECT cursor FROM stream WHERE connection_id = %(connection_id)s AND stream = %(stream)s FOR UPDATE;

-- name: stream_names
SELECT stream FROM stream WHERE connection_id = %(connection_id)s ORDER BY stream;

-- name: set_cursor
-- The only way back for a cursor. Who sweeps at this moment loses the stream to its new fence.
UPDATE stream SET cursor = %(cursor)s, fence = nextval('fence'), owner = NULL, until = NULL,
       due_at = %(now)s, failures = 0, error = NULL, hinted = false
WHERE connection_id = %(connection_id)s AND stream = %(stream)s;

-- name: streams
SELECT c.name AS connection, s.connection_id, s.stream, s.projection, s.max_age_seconds, s.cursor, s.due_at,
       s.interval_seconds, s.as_of, s.last_found, s.last_missed, s.calls, s.failures, s.error
FROM stream s JOIN connection c USING (connection_id)
ORDER BY c.name, s.stream;

-- name: upsert_projection
INSERT INTO projection (connection_id, company_id, kind, external_id, data, active, seen_at)
SELECT %(connection_id)s, %(company_id)s, %(kind)s, external_id, convert_from(data, 'UTF8')::jsonb, active, %(now)s
FROM (SELECT DISTINCT ON (external_id) * FROM
      unnest(%(external_ids)s::text[], %(datas)s::bytea[], %(actives)s::boolean[]) WITH ORDINALITY
      AS r (external_id, data, active, position) ORDER BY external_id, position DESC) r
ON CONFLICT (connection_id, kind, external_id) DO UPDATE
SET data = EXCLUDED.data, active = EXCLUDED.active, seen_at = EXCLUDED.seen_at;

-- name: forget_keys
DELETE FROM projection_key pk
WHERE pk.connection_id = %(connection_id)s AND pk.kind = %(kind)s
  AND pk.external_id = ANY (%(external_ids)s)
  AND NOT EXISTS (SELECT 1 FROM unnest(%(keys)s::text[], %(owners)s::text[]) AS k (key, external_id)
                  WHERE k.key = pk.key AND k.external_id = pk.external_id);

-- name: write_keys
INSERT INTO projection_key (connection_id, company_id, kind, key, external_id)
SELECT DISTINCT %(connection_id)s::int, %(company_id)s::int, %(kind)s, key, external_id
FROM unnest(%(keys)s::text[], %(owners)s::text[]) AS k (key, external_id)
ON CONFLICT DO NOTHING;

-- name: retire_unseen
-- After a complete reading: what was not seen is gone there.
UPDATE projection SET active = false
WHERE connection_id = %(connection_id)s AND kind = %(kind)s AND active AND seen_at < %(began)s;

-- name: find_records
SELECT w.key, p.external_id, p.data
FROM unnest(%(keys)s::text[]) AS w (key)
JOIN projection_key pk ON pk.connection_id = %(connection_id)s AND pk.kind = %(kind)s AND pk.key = w.key
JOIN projection p ON p.connection_id = pk.connection_id AND p.kind = pk.kind AND p.external_id = pk.external_id
WHERE p.active
ORDER BY w.key, p.external_id;

-- name: find_by_ids
SELECT p.external_id, p.data FROM projection p
WHERE p.connection_id = %(connection_id)s AND p.kind = %(kind)s AND p.external_id = ANY (%(external_ids)s)
  AND p.active;

-- name: projection_age
SELECT as_of, max_age_seconds FROM stream
WHERE connection_id = %(connection_id)s AND projection = %(kind)s;

-- name: similar_keys
SELECT pk.key, p.external_id, p.data
FROM projection_key pk JOIN projection p USING (connection_id, kind, external_id)
WHERE pk.connection_id = %(connection_id)s AND pk.kind = %(kind)s AND p.active
  AND pk.key LIKE %(pattern)s
ORDER BY pk.key LIMIT 300;

-- name: unknown_versions
-- Sighted versions no message has brought, or whose known content has another total or is not
-- cancelled; and how often each was read and not found. One that is being read, that was read or
-- that a person is asked about is not asked for again.
WITH unknown AS MATERIALIZED (
    SELECT w.position, w.work_key, w.effect_key
    FROM unnest(%(work_keys)s::text[], %(versions)s::text[], %(totals)s::text[],
                %(cancelleds)s::boolean[], %(effect_keys)s::text[])
         WITH ORDINALITY AS w (work_key, version, total, cancelled, effect_key, position)
    LEFT JOIN document d ON d.company_id = %(company_id)s AND d.work_key = w.work_key
         AND d.connection_id = %(connection_id)s
    WHERE NOT EXISTS (SELECT 1 FROM message m
                      WHERE m.company_id = %(company_id)s AND m.work_key = w.work_key
                        AND m.connection_id = %(connection_id)s AND m.version = w.version
                        AND (m.state, coalesce(m.end_code, '')) <> ('held', 'unreadable'))
       OR (d.source_version = w.version
           AND ((d.data -> 'order' -> 'total' ->> 'amount')::numeric <> w.total::numeric
                OR w.cancelled AND coalesce(d.data ->> 'cancelled_at',
                                            d.data -> 'order' ->> 'cancelled_at') IS NULL))
)
SELECT u.position, count(e.effect_id) AS not_found
FROM unknown u
LEFT JOIN effect e ON e.company_id = %(company_id)s AND e.work_key = u.work_key
     AND e.connection_id = %(connection_id)s
     AND (e.effect_key = u.effect_key OR starts_with(e.effect_key, u.effect_key || '#'))
GROUP BY u.position
HAVING coalesce(bool_and(e.state = 'rejected' AND e.error_code = 'not_found'), true)
ORDER BY u.position;
