-- name: message
SELECT m.message_id, m.company_id, m.connection_id, m.message_key, m.kind, m.work_key, m.version,
       m.source, m.lane, m.received_at, m.delivery_id, m.attempts, m.released, 0::bigint AS fence,
       CASE WHEN m.state IN ('done', 'duplicate', 'stale', 'rejected')
            THEN jsonb_build_object('state', m.state, 'code', m.end_code, 'detail', m.end_detail,
                            'duplicate_of', m.duplicate_of, 'ended_at', m.ended_at)::text END AS former,
       m.state
FROM message m WHERE m.message_id = %(message_id)s;

-- name: put_back
UPDATE message m SET state = 'waiting', ready_at = %(now)s, attempts = 0, released = %(released)s,
       duplicate_of = NULL, end_code = NULL, end_detail = NULL, ended_at = NULL,
       former = CASE WHEN m.state IN ('done', 'duplicate', 'stale', 'rejected')
                     THEN jsonb_build_object('state', m.state, 'code', m.end_code, 'detail', m.end_detail,
                            'duplicate_of', m.duplicate_of, 'ended_at', m.ended_at) END
WHERE m.message_id = %(message_id)s AND m.state NOT IN ('waiting', 'working')
RETURNING m.message_id;

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
SELECT count(*) FILTER (WHERE NOT waits AND NOT left_out) AS ended,
       count(*) FILTER (WHERE waits) AS on_their_way,
       count(*) FILTER (WHERE left_out) AS peoples
FROM (
    SELECT m.state IN ('waiting', 'working') AS waits,
           %(state)s::text IS NULL AND m.state IN ('held', 'dead')
               OR m.state NOT IN ('waiting', 'working')
                  AND coalesce(m.end_code, '') = ANY (%(answered)s::text[]) AS left_out
    FROM message m JOIN connection c USING (connection_id)
    WHERE (%(since)s::timestamptz IS NULL OR m.received_at >= %(since)s) AND m.received_at < %(until)s
      AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
      AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
      AND (%(state)s::text IS NULL OR m.state = %(state)s)
) w;

-- name: window_page
-- What is a person's only where its state was asked for; what a person has answered, never.
SELECT m.message_id
FROM message m JOIN connection c USING (connection_id)
WHERE (%(since)s::timestamptz IS NULL OR m.received_at >= %(since)s) AND m.received_at < %(until)s
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
  AND (m.state = %(state)s OR %(state)s::text IS NULL AND m.state NOT IN ('held', 'dead'))
  AND m.state NOT IN ('waiting', 'working')
  AND coalesce(m.end_code, '') <> ALL (%(answered)s::text[]) AND m.message_id > %(after)s
ORDER BY m.message_id LIMIT %(limit)s;

-- name: put_back_page
-- Those that are a person's are let go by the person who asks for their state, and by nobody else.
WITH ended AS (
    SELECT m.message_id, m.company_id, m.state,
           jsonb_build_object('state', m.state, 'code', m.end_code, 'detail', m.end_detail,
                              'duplicate_of', m.duplicate_of, 'ended_at', m.ended_at) AS former
    FROM message m
    WHERE m.message_id = ANY (%(message_ids)s) AND m.state NOT IN ('waiting', 'working')
      AND (%(released)s OR m.state NOT IN ('held', 'dead'))
    ORDER BY m.message_id FOR UPDATE
), answered AS (
    UPDATE hold SET closed_at = %(now)s, closed_by = %(by)s, resolution = 'replayed'
    FROM ended e WHERE hold.message_id = e.message_id AND hold.closed_at IS NULL
)
UPDATE message m SET state = 'waiting', ready_at = %(now)s, attempts = 0, released = %(released)s,
       duplicate_of = NULL, end_code = NULL, end_detail = NULL, ended_at = NULL,
       former = CASE WHEN e.state NOT IN ('held', 'dead') THEN e.former END
FROM ended e WHERE m.message_id = e.message_id
RETURNING m.message_id, m.company_id;
