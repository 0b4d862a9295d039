-- name: message
SELECT m.message_id, m.company_id, m.connection_id, m.message_key, m.kind, m.work_key, m.version,
       m.source, m.lane, m.received_at, m.delivery_id, m.attempts, m.released, 0::bigint AS fence,
       m.state
FROM message m WHERE m.message_id = %(message_id)s;

-- name: put_back
UPDATE message SET state = 'waiting', ready_at = %(now)s, attempts = 0, released = %(released)s,
       duplicate_of = NULL, end_code = NULL, end_detail = NULL, ended_at = NULL
WHERE message_id = %(message_id)s AND state NOT IN ('waiting', 'working')
RETURNING message_id;

-- name: close_hold
UPDATE hold SET closed_at = %(now)s, closed_by = %(by)s, resolution = 'replayed'
WHERE message_id = %(message_id)s AND closed_at IS NULL;

-- name: known_effects
SELECT c.name AS connection, e.effect_key, e.effect_id, e.state
FROM unnest(%(connections)s::text[], %(effect_keys)s::text[]) AS w (connection, effect_key)
JOIN connection c ON c.name = w.connection
JOIN effect e ON e.connection_id = c.connection_id AND e.effect_key = w.effect_key;

-- name: roll_back
ROLLBACK;

-- name: count_window
SELECT count(*) FILTER (WHERE m.state NOT IN ('waiting', 'working')) AS ended,
       count(*) FILTER (WHERE m.state IN ('waiting', 'working')) AS on_their_way
FROM message m JOIN connection c USING (connection_id)
WHERE (%(since)s::timestamptz IS NULL OR m.received_at >= %(since)s) AND m.received_at < %(until)s
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
  AND (%(state)s::text IS NULL OR m.state = %(state)s);

-- name: window_page
SELECT m.message_id
FROM message m JOIN connection c USING (connection_id)
WHERE (%(since)s::timestamptz IS NULL OR m.received_at >= %(since)s) AND m.received_at < %(until)s
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
  AND (%(state)s::text IS NULL OR m.state = %(state)s)
  AND m.state NOT IN ('waiting', 'working') AND m.message_id > %(after)s
ORDER BY m.message_id LIMIT %(limit)s;

-- name: put_back_page
WITH ended AS (
    SELECT message_id, company_id, state FROM message
    WHERE message_id = ANY (%(message_ids)s) AND state NOT IN ('waiting', 'working')
    ORDER BY message_id FOR UPDATE
), answered AS (
    UPDATE hold SET closed_at = %(now)s, closed_by = %(by)s, resolution = 'replayed'
    FROM ended e WHERE hold.message_id = e.message_id AND hold.closed_at IS NULL
)
UPDATE message m SET state = 'waiting', ready_at = %(now)s, attempts = 0,
       released = e.state IN ('held', 'dead'), duplicate_of = NULL, end_code = NULL,
       end_detail = NULL, ended_at = NULL
FROM ended e WHERE m.message_id = e.message_id
RETURNING m.message_id, m.company_id;
