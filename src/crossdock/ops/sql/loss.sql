-- name: gaps
-- What our own tables contradict each other about, of messages and effects of the day. Must be none.
WITH bounds AS (
    SELECT * FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
        AS b (connection_id, since, until)
), came AS (
    SELECT m.company_id, m.connection_id, m.message_id, m.message_key, m.work_key, m.version, m.source,
           m.state, m.end_code
    FROM bounds b JOIN message m ON m.connection_id = b.connection_id
         AND m.received_at >= b.since AND m.received_at < b.until
), made AS (
    SELECT e.company_id, e.connection_id, e.effect_id, e.operation, e.work_key, e.state, e.error_code
    FROM bounds b JOIN effect e ON e.connection_id = b.connection_id
         AND e.created_at >= b.since AND e.created_at < b.until
), known AS (
    SELECT DISTINCT ON (company_id, work_key) company_id, work_key, connection_id FROM came
    ORDER BY company_id, work_key, message_id
)
-- done by a decision that leaves an event, and neither an event nor its document bears a trace of it
SELECT c.connection_id, 'undecided' AS place, c.work_key, format('message %%s', c.message_id) AS subject
FROM came c
LEFT JOIN document d USING (company_id, work_key)
WHERE c.state = 'done' AND (c.end_code IS NULL OR c.end_code <> ALL (%(silent)s::text[]))
  AND NOT EXISTS (SELECT 1 FROM event e WHERE e.company_id = c.company_id AND e.work_key = c.work_key
                  AND e.message_id = c.message_id)
  AND (c.end_code IS NULL OR c.version IS NULL
       OR (d.work_key IS NULL AND NOT EXISTS (
               SELECT 1 FROM event e WHERE e.company_id = c.company_id AND e.work_key = c.work_key))
       OR (d.connection_id = c.connection_id
           AND d.source_version COLLATE "C" < c.version COLLATE "C"))
UNION ALL
-- a version of it was decided on that it has no trace of
SELECT DISTINCT c.connection_id, 'document_old', c.work_key, c.work_key
FROM came c
JOIN document d USING (company_id, work_key, connection_id)
WHERE c.state = 'done' AND d.source_version COLLATE "C" < c.version COLLATE "C"
  AND c.end_code <> ALL (%(unapplied)s::text[])
  AND (c.end_code = ANY (%(silent)s::text[])
       OR EXISTS (SELECT 1 FROM event e WHERE e.company_id = c.company_id AND e.work_key = c.work_key
                  AND e.message_id = c.message_id AND e.type IN ('sales_order.accepted',
                                                                 'sales_order.cancelling')))
UNION ALL
-- something happened to it, and it is not there
SELECT k.connection_id, 'document_missing', k.work_key, k.work_key
FROM known k
WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.company_id = k.company_id AND d.work_key = k.work_key)
  AND EXISTS (SELECT 1 FROM event e WHERE e.company_id = k.company_id AND e.work_key = k.work_key
              AND e.type NOT IN ('message.ignored', 'transition.refused'))
UNION ALL
-- it took a step after it was last written
SELECT k.connection_id, 'document_old', k.work_key, k.work_key
FROM known k JOIN document d USING (company_id, work_key)
WHERE d.updated_at < (SELECT max(e.occurred_at) FROM event e
                      WHERE e.company_id = k.company_id AND e.work_key = k.work_key
                        AND e.type IN ('sales_order.accepted', 'sales_order.drafted',
                                       'sales_order.mismatched', 'sales_order.confirmed',
                                       'sales_order.fulfilment_planned', 'sales_order.progressed',
                                       'sales_order.cancelling', 'sales_order.cancelled',
                                       'sales_order.rejected'))
UNION ALL
-- an outcome came of an effect that does not exist
SELECT c.connection_id, 'effect_missing', c.work_key, replace(c.message_key, 'outcome:', 'effect ')
FROM came c
WHERE c.source = 'outcome'
  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.effect_id = substr(c.message_key, 9)::bigint)
UNION ALL
-- it took place, and no attempt says so
SELECT e.connection_id, 'effect_unmade', e.work_key, format('effect %%s %%s', e.effect_id, e.operation)
FROM made e
WHERE e.state = 'done' AND coalesce(e.error_code, '') <> 'done_by_hand'
  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.effect_id = e.effect_id
                  AND a.outcome IN ('observed', 'adopted'))
UNION ALL
-- it took place, and its process was not told
SELECT e.connection_id, 'outcome_missing', e.work_key, format('effect %%s %%s', e.effect_id, e.operation)
FROM made e
WHERE e.state = 'done' AND e.operation <> ALL (%(readings)s::text[])
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.connection_id = e.connection_id
                  AND m.message_key = 'outcome:' || e.effect_id)
  AND EXISTS (SELECT 1 FROM attempt a WHERE a.effect_id = e.effect_id
              AND a.outcome IN ('observed', 'adopted'))
ORDER BY 1, 2, 3, 4 LIMIT %(limit)s;

-- name: bodies
-- Bytes of arrivals, to name what they are about.
SELECT d.delivery_id, d.connection_id, d.topic, d.headers, d.body
FROM unnest(%(delivery_ids)s::bigint[], %(received_ats)s::timestamptz[]) AS w (delivery_id, received_at)
JOIN delivery d USING (received_at, delivery_id);

-- name: works_of_effects
SELECT effect_id, work_key FROM effect WHERE effect_id = ANY (%(effect_ids)s::bigint[]);

-- name: streams
SELECT connection_id, stream, cursor, as_of FROM stream
WHERE connection_id = ANY (%(connections)s::int[]) AND projection IS NULL;

-- name: aliases
SELECT alias, work_key FROM alias
WHERE company_id = %(company_id)s AND alias = ANY (%(aliases)s)
ORDER BY alias, work_key DESC;

-- name: messages_of
SELECT DISTINCT work_key FROM message
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s);

-- name: effects_of
-- How far the effects of these documents came, the newest last.
SELECT work_key, connection_id, operation, state FROM effect
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s)
ORDER BY effect_id;

-- name: open_works
-- About which something is open, and somebody's.
SELECT work_key FROM message
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s)
  AND state IN ('waiting', 'working', 'held', 'dead')
UNION
SELECT work_key FROM effect
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s)
  AND state IN ('waiting', 'sending', 'held', 'dead')
UNION
SELECT work_key FROM hold
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s) AND closed_at IS NULL;

-- name: unlogged_arrival
-- The meter's own loss: an arrival without a message, in a transaction that is never committed.
INSERT INTO delivery (received_at, company_id, connection_id, source, topic, message_key, duplicate,
                      headers, body)
SELECT since, %(company_id)s, connection_id, 'internal', 'canary', %(message_key)s, false, '', ''
FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[]) AS b (connection_id, since);

-- name: due_runs
-- Of these days: those that nobody has closed since they were due.
SELECT w.day, w.due_at
FROM unnest(%(days)s::date[], %(dues)s::timestamptz[]) AS w (day, due_at)
WHERE NOT EXISTS (SELECT 1 FROM close_run r
                  WHERE r.company_id = %(company_id)s AND r.day = w.day AND r.scope = ''
                    AND r.closed_at >= w.due_at)
ORDER BY w.due_at, w.day LIMIT 1;

-- name: beginnings
SELECT connection_id, created_at FROM connection WHERE connection_id = ANY (%(connections)s::int[]);

-- name: take_close
INSERT INTO lease (company_id, work_key, fence, owner, until)
VALUES (%(company_id)s, %(work_key)s, nextval('fence'), %(owner)s, %(until)s)
ON CONFLICT (company_id, work_key) DO NOTHING
RETURNING fence;

-- name: leave_close
DELETE FROM lease WHERE company_id = %(company_id)s AND work_key = %(work_key)s AND fence = %(fence)s;

-- name: open_alarm
-- One open question per connection and day, however often it is closed.
INSERT INTO hold (company_id, connection_id, work_key, kind, code, reason, fix, value_amount,
                  value_currency, owner, opened_at)
VALUES (%(company_id)s, %(connection_id)s, %(work_key)s, 'held', %(code)s, %(reason)s, %(fix)s,
        %(value_amount)s, %(value_currency)s, %(owner)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: close_alarms
UPDATE hold SET closed_at = %(now)s, closed_by = %(by)s, resolution = 'closed without a difference'
WHERE company_id = %(company_id)s AND code = %(code)s AND work_key = %(work_key)s
  AND connection_id = ANY (%(connections)s::int[]) AND closed_at IS NULL;

-- name: last_signed
-- By connection: the newest day that was signed, as the audit has it; null when none was since then.
SELECT c.name, c.settings, c.created_at, c.left_out IS NOT NULL AS left_out, s.day
FROM connection c
LEFT JOIN (
    SELECT r.company_id, t.name, max(r.day) AS day
    FROM close_run r
    JOIN audit a ON a.company_id = r.company_id AND a.sequence = r.audit_sequence,
         jsonb_array_elements_text(a.detail -> 'signed') AS t (name)
    WHERE r.day >= %(since)s
    GROUP BY r.company_id, t.name
) s ON s.company_id = c.company_id AND s.name = c.name
ORDER BY c.name;
