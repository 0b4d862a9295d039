-- name: list_holds
SELECT h.hold_id, c.name AS connection, h.work_key,
       coalesce(d.data -> 'order' ->> 'name', d.data -> 'order' ->> 'reference', h.work_key) AS name,
       h.message_id, h.effect_id, h.kind, h.code, h.field, h.reason, h.fix, h.need, h.candidates,
       h.value_amount, h.value_currency, h.owner, h.opened_at, h.closed_at, h.closed_by, h.resolution
FROM hold h
JOIN connection c USING (connection_id)
LEFT JOIN document d ON d.company_id = h.company_id AND d.work_key = h.work_key
WHERE (%(closed)s OR h.closed_at IS NULL)
  AND (%(hold_id)s::bigint IS NULL OR h.hold_id = %(hold_id)s)
  AND (%(code)s::text IS NULL OR h.code = %(code)s)
  AND (%(owner)s::text IS NULL OR h.owner = %(owner)s)
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(need)s::text IS NULL OR h.need = %(need)s)
  AND (%(work_key)s::text IS NULL OR h.work_key = %(work_key)s)
ORDER BY CASE WHEN %(by_value)s THEN h.value_amount END DESC NULLS LAST, h.opened_at, h.hold_id
LIMIT %(limit)s;

-- name: lock_hold
SELECT h.hold_id, h.company_id, h.connection_id, c.name AS connection, h.work_key, h.message_id,
       h.effect_id, h.code, h.reason, h.need, h.closed_at, h.closed_by
FROM hold h JOIN connection c USING (connection_id)
WHERE h.hold_id = %(hold_id)s
FOR UPDATE OF h;

-- name: lock_holds_for_need
SELECT h.hold_id, h.company_id, h.message_id
FROM hold h
WHERE h.company_id = %(company_id)s AND h.need = %(need)s AND h.closed_at IS NULL
ORDER BY h.message_id, h.hold_id
FOR UPDATE;

-- name: close_holds
UPDATE hold SET closed_at = %(now)s, closed_by = %(by)s, resolution = %(resolution)s
WHERE hold_id = ANY (%(hold_ids)s) AND closed_at IS NULL;

-- name: messages_back
-- In line again where they stood before; a person's word starts the count of attempts anew.
UPDATE message SET state = 'waiting', ready_at = %(now)s, attempts = 0, released = %(released)s,
       end_code = NULL, end_detail = NULL, ended_at = NULL
WHERE message_id = ANY (%(message_ids)s) AND state IN ('held', 'dead')
RETURNING message_id;

-- name: end_message
UPDATE message SET state = %(state)s, end_code = %(code)s, end_detail = %(detail)s, ended_at = %(now)s
WHERE message_id = %(message_id)s AND state IN ('held', 'dead')
RETURNING message_id;

-- name: asked_otherwise
-- Whether anything else is open about a document than what is being released.
SELECT 1 FROM hold
WHERE company_id = %(company_id)s AND work_key = %(work_key)s AND closed_at IS NULL
LIMIT 1;

-- name: lock_effect
SELECT effect_id, connection_id, company_id, effect_key, operation, work_key, state
FROM effect WHERE effect_id = %(effect_id)s FOR UPDATE;

-- name: effect_back
UPDATE effect SET state = 'waiting', must_probe = %(must_probe)s, ready_at = %(now)s, strikes = 0, cause = NULL
WHERE effect_id = %(effect_id)s AND state IN ('held', 'dead');

-- name: end_effect
UPDATE effect SET state = %(state)s, must_probe = false, error_code = %(code)s, error = %(error)s,
       ended_at = %(now)s
WHERE effect_id = %(effect_id)s AND state IN ('held', 'dead');

-- name: effects_due_now
UPDATE effect SET ready_at = greatest(not_before, %(now)s)
WHERE connection_id = %(connection_id)s AND state = 'waiting' AND ready_at > %(now)s;

-- name: lease_for_a_person
INSERT INTO lease (company_id, work_key, fence, owner, until)
VALUES (%(company_id)s, %(work_key)s, nextval('fence'), %(owner)s, %(until)s)
ON CONFLICT (company_id, work_key) DO NOTHING
RETURNING fence;

-- name: held_message
SELECT message_id, company_id, connection_id, message_key, kind, work_key, version, source, lane,
       received_at, delivery_id, attempts, released, 0::bigint AS fence
FROM message WHERE message_id = %(message_id)s AND state IN ('held', 'dead');

-- name: work_on_message
UPDATE message SET state = 'working' WHERE message_id = %(message_id)s AND state IN ('held', 'dead');
