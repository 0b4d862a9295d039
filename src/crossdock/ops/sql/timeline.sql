-- name: messages
SELECT m.message_id, m.received_at, c.name AS connection, m.kind, m.version, m.source, m.state,
       m.end_code, m.end_detail, m.ended_at, m.attempts
FROM message m JOIN connection c USING (connection_id)
WHERE m.company_id = ANY (%(companies)s) AND m.work_key = %(work_key)s
ORDER BY m.message_id DESC LIMIT %(limit)s;

-- name: repeated_deliveries
SELECT m.message_id, d.received_at, d.source
FROM message m JOIN delivery d ON d.connection_id = m.connection_id AND d.message_key = m.message_key
WHERE m.company_id = ANY (%(companies)s) AND m.work_key = %(work_key)s AND d.duplicate
ORDER BY d.received_at DESC LIMIT %(limit)s;

-- name: events
SELECT event_id, occurred_at, type, message_id, data
FROM event
WHERE company_id = ANY (%(companies)s) AND work_key = %(work_key)s
ORDER BY event_id DESC LIMIT %(limit)s;

-- name: effects
SELECT e.effect_id, e.created_at, c.name AS connection, e.operation, e.effect_key, e.state, e.adopted,
       e.error_code, e.error, e.attempts, e.ended_at
FROM effect e JOIN connection c USING (connection_id)
WHERE e.company_id = ANY (%(companies)s) AND e.work_key = %(work_key)s
ORDER BY e.effect_id DESC LIMIT %(limit)s;

-- name: attempts
SELECT a.effect_id, a.number, a.purpose, a.started_at, a.ended_at, a.outcome, a.detail, a.worker,
       c.name AS connection, e.operation
FROM effect e JOIN attempt a USING (effect_id) JOIN connection c USING (connection_id)
WHERE e.company_id = ANY (%(companies)s) AND e.work_key = %(work_key)s
ORDER BY a.started_at DESC LIMIT %(limit)s;

-- name: holds
SELECT h.hold_id, h.opened_at, c.name AS connection, h.code, h.reason, h.closed_at, h.closed_by, h.resolution
FROM hold h JOIN connection c USING (connection_id)
WHERE h.company_id = ANY (%(companies)s) AND h.work_key = %(work_key)s
ORDER BY h.hold_id DESC LIMIT %(limit)s;
