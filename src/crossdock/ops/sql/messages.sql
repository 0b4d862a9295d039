-- name: list_messages
SELECT m.message_id, c.name AS connection, m.kind, m.work_key, m.version, m.source, m.state, m.received_at,
       m.ready_at, m.attempts, m.end_code, m.end_detail, m.ended_at,
       coalesce(d.data -> 'order' ->> 'name', d.data -> 'order' ->> 'reference', m.work_key) AS name
FROM message m JOIN connection c USING (connection_id)
LEFT JOIN document d ON d.company_id = m.company_id AND d.work_key = m.work_key
WHERE (%(state)s::text IS NULL OR m.state = %(state)s)
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s)
  AND (%(work_key)s::text IS NULL OR m.work_key = %(work_key)s)
  AND (%(message_id)s::bigint IS NULL OR m.message_id = %(message_id)s)
ORDER BY m.message_id DESC LIMIT %(limit)s;

-- name: raw
SELECT m.message_key, m.duplicate_of, d.topic, d.headers, d.body
FROM message m JOIN delivery d ON d.received_at = m.received_at AND d.delivery_id = m.delivery_id
WHERE m.message_id = %(message_id)s;

-- name: arrivals
SELECT count(*) AS arrivals
FROM message m JOIN delivery d ON d.connection_id = m.connection_id AND d.message_key = m.message_key
WHERE m.message_id = %(message_id)s;

-- name: effects_of
SELECT c.name AS connection, e.effect_id, e.operation, e.effect_key, e.state
FROM message m JOIN effect e ON e.company_id = m.company_id AND e.work_key = m.work_key
     AND e.message_id = m.message_id
JOIN connection c ON c.connection_id = e.connection_id
WHERE m.message_id = %(message_id)s ORDER BY e.effect_id;
