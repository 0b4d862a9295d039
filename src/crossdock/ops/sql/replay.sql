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
