-- name: broken
-- Each row is a violation that may be seen after any commit: its name, and what.
SELECT 'one call per target' AS invariant, format('%s %s', connection_id, target_key) AS detail
FROM effect WHERE state = 'sending' GROUP BY connection_id, target_key HAVING count(*) > 1
UNION ALL
SELECT 'effects in order', format('effect %s before %s of %s', e.effect_id, p.effect_id, e.target_key)
FROM effect e JOIN effect p USING (connection_id, target_key)
WHERE p.effect_id < e.effect_id AND e.state = 'sending'
  AND p.state IN ('waiting', 'sending', 'held', 'dead')
UNION ALL
SELECT 'received = ended + open', format('%s arrivals are new, %s messages', d.n, m.n)
FROM (SELECT count(*) AS n FROM delivery WHERE NOT duplicate) d, (SELECT count(*) AS n FROM message) m
WHERE d.n <> m.n
UNION ALL
SELECT 'one effect per key', format('%s %s', connection_id, effect_key)
FROM effect GROUP BY connection_id, effect_key HAVING count(*) > 1
UNION ALL
SELECT 'one message per key', format('%s %s', connection_id, message_key)
FROM message GROUP BY connection_id, message_key HAVING count(*) > 1
UNION ALL
SELECT 'an end has its instant', format('message %s is %s, ended %s', message_id, state, ended_at)
FROM message
WHERE (state IN ('done', 'duplicate', 'stale', 'rejected')) <> (ended_at IS NOT NULL)
UNION ALL
SELECT 'held means a person', format('message %s is %s', message_id, state) FROM message m
WHERE (state IN ('held', 'dead')) <> EXISTS (
    SELECT 1 FROM hold h WHERE h.message_id = m.message_id AND h.closed_at IS NULL)
UNION ALL
SELECT 'held means a person', format('effect %s is %s', effect_id, state) FROM effect e
WHERE (state IN ('held', 'dead')) <> EXISTS (
    SELECT 1 FROM hold h WHERE h.effect_id = e.effect_id AND h.closed_at IS NULL)
UNION ALL
SELECT 'what it waits for came first', format('effect %s is sent before %s', e.effect_id, e.after_key)
FROM effect e
WHERE e.state = 'sending' AND e.after_key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM effect a WHERE a.connection_id = e.connection_id
                  AND a.effect_key = e.after_key AND a.state = 'done')
UNION ALL
SELECT 'the unknown is looked for first', format('effect %s, attempt %s', b.effect_id, b.number)
FROM attempt b JOIN effect e USING (effect_id)
WHERE b.purpose = 'send' AND b.number > 1 AND NOT starts_with(e.operation, 'read_')
  AND EXISTS (
    SELECT 1 FROM attempt a
    WHERE a.effect_id = b.effect_id AND a.number < b.number AND a.fence <> b.fence
      AND a.purpose = 'send' AND a.outcome = 'unknown'
      -- a probe that found nothing is followed by the sending under the same fence
      AND NOT EXISTS (
        SELECT 1 FROM attempt p JOIN attempt s
          ON s.effect_id = p.effect_id AND s.number = p.number + 1 AND s.fence = p.fence
        WHERE p.effect_id = b.effect_id AND p.purpose = 'probe' AND s.purpose = 'send'
          AND p.number > a.number AND p.number < b.number))
UNION ALL
SELECT 'an attempt has its effect', format('effect %s is sending without an attempt', e.effect_id)
FROM effect e
WHERE state = 'sending'
  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.effect_id = e.effect_id AND a.ended_at IS NULL)
LIMIT 20;

-- name: documents
SELECT work_key, status, source_version AS version FROM document WHERE document_type = 'SalesOrder';

-- name: owned
-- Whatever somebody works on, and until when nobody else may.
SELECT 'key' AS what, format('%s %s', company_id, work_key) AS id, owner, fence, until FROM lease
UNION ALL
SELECT 'effect', effect_id::text, owner, fence, until FROM effect WHERE state = 'sending';

-- name: kept
SELECT connection_id, message_key FROM message;

-- name: adrift
-- Orders that are at no end and that nothing and nobody will move.
SELECT d.work_key, d.status
FROM document d
WHERE d.document_type = 'SalesOrder' AND NOT d.status = ANY (%(ends)s)
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.company_id = d.company_id
                  AND m.work_key = d.work_key AND m.state IN ('waiting', 'working', 'held', 'dead'))
  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.company_id = d.company_id
                  AND e.work_key = d.work_key AND e.state IN ('waiting', 'sending', 'held', 'dead'))
  AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.company_id = d.company_id
                  AND h.work_key = d.work_key AND h.closed_at IS NULL);

-- name: asked
SELECT DISTINCT work_key FROM hold
WHERE closed_at IS NULL OR code IN ('shipped_after_cancellation', 'contradiction');
