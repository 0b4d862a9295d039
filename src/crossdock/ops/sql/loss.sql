-- name: gaps
-- What our own tables contradict each other about. Must be none. Of the day is what came or was made
-- on it, and what ended on it, whenever it came; a document that is gone is looked for further back;
-- `unmoved`: further documents that may have gone back.
-- So many of each connection; `works`: about these documents alone.
WITH bounds AS (
    SELECT * FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
        AS b (connection_id, since, until)
), came AS (
    SELECT m.company_id, m.connection_id, m.message_id, m.message_key, m.work_key, m.version, m.source,
           m.state, m.end_code
    FROM bounds b JOIN message m ON m.connection_id = b.connection_id
         AND m.received_at >= b.since - %(back)s::interval AND m.received_at < b.until
         AND (m.received_at >= b.since OR (m.ended_at >= b.since AND m.ended_at < b.until))
), made AS (
    SELECT e.company_id, e.connection_id, e.effect_id, e.operation, e.work_key, e.state, e.error_code
    FROM bounds b JOIN effect e ON e.connection_id = b.connection_id
         AND e.created_at >= b.since - %(back)s::interval AND e.created_at < b.until
         AND (e.created_at >= b.since OR (e.ended_at >= b.since AND e.ended_at < b.until))
), known AS (
    (SELECT DISTINCT ON (company_id, work_key) company_id, work_key, connection_id FROM came
     ORDER BY company_id, work_key, message_id)
    UNION
    SELECT company_id, work_key, connection_id FROM document
    WHERE company_id = %(company_id)s AND work_key = ANY (%(unmoved)s)
      AND connection_id = ANY (%(connections)s)
)
SELECT * FROM (
SELECT g.*, row_number() OVER of_connection AS rank, count(*) OVER everything AS total
FROM (
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
(SELECT DISTINCT ON (m.company_id, m.work_key) m.connection_id, 'document_missing', m.work_key, m.work_key
 FROM bounds b JOIN message m ON m.connection_id = b.connection_id
      AND m.received_at >= b.since - %(back)s::interval AND m.received_at < b.until
 WHERE NOT EXISTS (SELECT 1 FROM document d
                   WHERE d.company_id = m.company_id AND d.work_key = m.work_key)
   AND EXISTS (SELECT 1 FROM event e WHERE e.company_id = m.company_id AND e.work_key = m.work_key
               AND e.type NOT IN ('message.ignored', 'transition.refused'))
 ORDER BY m.company_id, m.work_key, m.message_id)
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
) g
WHERE %(works)s::text[] IS NULL OR g.work_key = ANY (%(works)s)
WINDOW everything AS (PARTITION BY g.connection_id),
       of_connection AS (PARTITION BY g.connection_id ORDER BY g.place, g.work_key, g.subject)
) r
WHERE r.rank <= %(limit)s
ORDER BY r.connection_id, r.place, r.work_key, r.subject;

-- name: unmoved
-- Orders at no end about which nothing is open here, whenever they came: a step of ours, or a person,
-- or an outside system is to move them. Where the ERP's own staff ship, a confirmed order is at its end.
SELECT d.work_key, d.status
FROM document d
WHERE d.company_id = %(company_id)s AND d.document_type = 'SalesOrder'
  AND (d.status IN ('new', 'held', 'accepted', 'drafted', 'mismatched', 'blocked', 'cancelling',
                    'released', 'partly_shipped')
       OR (d.status = 'confirmed' AND d.created_at >= %(since)s
           AND coalesce(d.data #>> '{progress,warehouses}', '') <> ''))
  AND (%(works)s::text[] IS NULL OR d.work_key = ANY (%(works)s))
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.company_id = d.company_id
                  AND m.work_key = d.work_key AND m.state IN ('waiting', 'working', 'held', 'dead'))
  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.company_id = d.company_id
                  AND e.work_key = d.work_key AND e.state IN ('waiting', 'sending', 'held', 'dead'))
  AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.company_id = d.company_id
                  AND h.work_key = d.work_key AND h.closed_at IS NULL)
ORDER BY d.work_key;

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
SELECT e.work_key, c.name AS connection, e.operation, e.target_key, e.state
FROM effect e JOIN connection c USING (connection_id)
WHERE e.company_id = %(company_id)s AND e.work_key = ANY (%(work_keys)s)
ORDER BY e.effect_id;

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

-- name: contradictions
-- More of them: one for each branch of `gaps`, an open item that is nobody's, and an order that nothing
-- moves; some of earlier days. Likewise never committed.
WITH b AS (
    SELECT connection_id, since, since - interval '3 days' AS before,
           format('%%s:%%s:', %(message_key)s::text, connection_id) AS work
    FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[]) AS b (connection_id, since)
), m AS (
    INSERT INTO message (message_id, company_id, connection_id, message_key, kind, work_key, version,
                         source, lane, state, received_at, delivery_id, ready_at, end_code, ended_at)
    OVERRIDING SYSTEM VALUE
    SELECT nextval('delivery_delivery_id_seq'), %(company_id)s, connection_id, coalesce(w.key, work || w.name), 'canary', work || w.name,
           w.version, w.source, 0, w.state, CASE WHEN w.early THEN before ELSE since END, 0, since,
           w.code, CASE WHEN w.state = 'done' THEN CASE WHEN w.old THEN before ELSE since END END
    FROM b CROSS JOIN (VALUES
        ('undecided', NULL, NULL, 'internal', 'done', NULL, true, false),
        ('document_old', NULL, '9', 'internal', 'done', 'no_change', false, false),
        ('document_missing', NULL, NULL, 'internal', 'done', 'accepted', true, true),
        ('step', NULL, NULL, 'internal', 'done', 'accepted', true, false),
        ('effect_missing', 'outcome:0', NULL, 'outcome', 'done', 'noted', true, false),
        ('hold_gone', NULL, NULL, 'internal', 'held', NULL, true, false)
    ) AS w (name, key, version, source, state, code, early, old)
    RETURNING message_id, work_key, received_at
), e AS (
    INSERT INTO event (company_id, work_key, type, occurred_at, message_id, data)
    SELECT %(company_id)s, work_key, 'sales_order.accepted', received_at, message_id, '{}'::jsonb
    FROM m WHERE split_part(work_key, ':', 3) IN ('document_missing', 'step')
), d AS (
    INSERT INTO document (company_id, work_key, document_type, connection_id, status, source_version,
                          data, created_at, updated_at)
    SELECT %(company_id)s, work || w.name, w.type, connection_id, 'accepted', '1', '{}'::jsonb, before,
           before - interval '1 hour'
    FROM b CROSS JOIN (VALUES ('document_old', 'Canary'), ('step', 'Canary'), ('unmoved', 'SalesOrder'))
         AS w (name, type)
), f AS (
    INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, work_key, lane,
                        state, request, created_at, ready_at, ended_at)
    SELECT %(company_id)s, connection_id, work || w.name, 'canary', work, work || w.name, 0, 'done', '',
           before, before, since
    FROM b CROSS JOIN (VALUES ('effect_unmade'), ('outcome_missing')) AS w (name)
    RETURNING effect_id, work_key, created_at
)
INSERT INTO attempt (company_id, effect_id, number, purpose, worker, fence, started_at, ended_at, outcome)
SELECT %(company_id)s, effect_id, 1, 'send', 'canary', 0, created_at, created_at, 'observed'
FROM f WHERE split_part(work_key, ':', 3) = 'outcome_missing';

-- name: due_runs
-- Of these days: those that nobody has closed since they were due, and that nobody is closing.
SELECT w.day, w.due_at
FROM unnest(%(days)s::date[], %(dues)s::timestamptz[]) AS w (day, due_at)
WHERE NOT EXISTS (SELECT 1 FROM close_run r
                  WHERE r.company_id = %(company_id)s AND r.day = w.day AND r.scope = ''
                    AND r.closed_at >= w.due_at)
  AND NOT EXISTS (SELECT 1 FROM lease l
                  WHERE l.company_id = %(company_id)s AND l.work_key = 'close:' || w.day
                    AND l.until > %(now)s)
ORDER BY w.due_at, w.day;

-- name: beginnings
SELECT connection_id, created_at FROM connection WHERE connection_id = ANY (%(connections)s::int[]);

-- name: take_close
INSERT INTO lease (company_id, work_key, fence, owner, until)
VALUES (%(company_id)s, %(work_key)s, nextval('fence'), %(owner)s, %(until)s)
ON CONFLICT (company_id, work_key) DO UPDATE
SET fence = EXCLUDED.fence, owner = EXCLUDED.owner, until = EXCLUDED.until
WHERE lease.until <= %(now)s
RETURNING fence;

-- name: extend_close
UPDATE lease SET until = %(until)s
WHERE company_id = %(company_id)s AND work_key = %(work_key)s AND fence = %(fence)s
RETURNING fence;

-- name: leave_close
DELETE FROM lease WHERE company_id = %(company_id)s AND work_key = %(work_key)s AND fence = %(fence)s;

-- name: numbers
SELECT connection_id, name FROM connection WHERE company_id = %(company_id)s;

-- name: open_alarm
-- One open question per connection and day, however often it is closed: it says what differs now.
INSERT INTO hold (company_id, connection_id, work_key, kind, code, reason, fix, value_amount,
                  value_currency, owner, opened_at)
VALUES (%(company_id)s, %(connection_id)s, %(work_key)s, 'held', %(code)s, %(reason)s, %(fix)s,
        %(value_amount)s, %(value_currency)s, %(owner)s, %(now)s)
ON CONFLICT (connection_id, code, work_key)
    WHERE closed_at IS NULL AND message_id IS NULL AND effect_id IS NULL
DO UPDATE SET reason = EXCLUDED.reason, fix = EXCLUDED.fix, value_amount = EXCLUDED.value_amount,
              value_currency = EXCLUDED.value_currency, owner = EXCLUDED.owner;

-- name: close_alarms
UPDATE hold SET closed_at = %(now)s, closed_by = %(by)s,
       resolution = CASE code WHEN 'close_failed' THEN 'closed' ELSE 'closed without a difference' END
WHERE company_id = %(company_id)s AND code = %(code)s AND work_key = %(work_key)s
  AND connection_id = ANY (%(connections)s::int[]) AND closed_at IS NULL;

-- name: owing
SELECT company_id, name, settings, created_at, left_out IS NOT NULL AS left_out
FROM connection ORDER BY name;

-- name: signatures
-- Closes of the last weeks, and whose day each of them signed, as the audit has it; the newest last.
SELECT r.company_id, r.day, r.scope, r.closed_at, coalesce(a.detail -> 'signed', '[]'::jsonb) AS signed
FROM close_run r
LEFT JOIN audit a ON a.company_id = r.company_id AND a.sequence = r.audit_sequence
     AND a.hash = r.audit_hash
WHERE r.day >= %(since)s
ORDER BY r.run_id;
