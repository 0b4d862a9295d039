-- name: expire_leases
-- Leases that ended without their owner: the keys are free again. A row its worker has locked is
-- being written at this moment and is left to it.
WITH ended AS (
    SELECT company_id, work_key FROM lease WHERE until <= %(now)s
    ORDER BY company_id, work_key LIMIT 1000 FOR UPDATE SKIP LOCKED
)
DELETE FROM lease l USING ended e WHERE l.company_id = e.company_id AND l.work_key = e.work_key
RETURNING l.work_key;

-- name: lock_orphans
-- Messages marked as being worked on that nobody seems to have a lease for.
SELECT m.message_id FROM message m
WHERE m.state = 'working'
  AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.company_id = m.company_id AND l.work_key = m.work_key)
ORDER BY m.message_id LIMIT 1000 FOR UPDATE SKIP LOCKED;

-- name: rearm_messages
-- Asked again now that their rows are ours: one of them may have been claimed while we looked.
UPDATE message m SET state = 'waiting', ready_at = %(now)s
WHERE m.message_id = ANY (%(message_ids)s) AND m.state = 'working'
  AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.company_id = m.company_id AND l.work_key = m.work_key)
RETURNING m.message_id;

-- name: orphaned_effects
SELECT e.effect_id, e.connection_id, e.operation, e.attempts, e.first_sent_at, e.last_sent_at, e.fence,
       e.must_probe, e.cause, e.strikes
FROM effect e
WHERE e.state = 'sending' AND e.until <= %(now)s AND e.connection_id = ANY (%(connections)s::int[])
ORDER BY e.effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED;

-- name: rearm_effects
UPDATE effect e SET state = s.state, must_probe = s.must_probe, ready_at = coalesce(s.ready_at, %(now)s),
       owner = NULL, until = NULL, error = s.error,
       error_code = CASE e.error_code WHEN 'taken_back' THEN e.error_code ELSE 'unknown' END, cause = s.cause,
       strikes = s.strikes
FROM unnest(%(effect_ids)s::bigint[], %(states)s::text[], %(must_probes)s::boolean[],
            %(readies)s::timestamptz[], %(errors)s::text[], %(causes)s::text[], %(strikes)s::int[])
     AS s (effect_id, state, must_probe, ready_at, error, cause, strikes)
WHERE e.effect_id = s.effect_id;

-- name: hold_stranded
-- Effects that wait for another one which ended without taking place: they can never be sent.
WITH stranded AS (
    SELECT e.effect_id, e.after_key, p.state AS ended
    FROM effect e
    LEFT JOIN effect p ON p.connection_id = e.connection_id AND p.effect_key = e.after_key
    WHERE e.state = 'waiting' AND e.after_key IS NOT NULL
      AND (p.effect_id IS NULL OR p.state IN ('rejected', 'withdrawn'))
    ORDER BY e.effect_id LIMIT 1000 FOR UPDATE OF e SKIP LOCKED
)
UPDATE effect e
SET state = 'held', error_code = 'stranded',
    error = format('it waits for %%s, which %%s', s.after_key,
                   CASE s.ended WHEN 'rejected' THEN 'was refused' WHEN 'withdrawn' THEN 'was withdrawn'
                   ELSE 'does not exist' END)
FROM stranded s WHERE e.effect_id = s.effect_id
RETURNING e.effect_id, e.error;

-- name: close_attempts
UPDATE attempt SET ended_at = %(now)s, outcome = 'unknown', detail = 'the worker did not come back'
WHERE effect_id = ANY (%(effect_ids)s) AND ended_at IS NULL;

-- name: ownerless
-- Promise P4, asked of the data: messages and effects that are open and have no live lease, no
-- wake-up and no person.
SELECT 'message' AS what, m.message_id AS id, m.state, m.work_key
FROM message m
WHERE (m.state = 'working' AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.company_id = m.company_id
                                           AND l.work_key = m.work_key AND l.until > %(now)s))
   OR (m.state IN ('held', 'dead') AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.message_id = m.message_id
                                                   AND h.closed_at IS NULL))
UNION ALL
SELECT 'effect', e.effect_id, e.state, e.work_key
FROM effect e
WHERE (e.state = 'sending' AND e.until <= %(now)s)
   OR (e.state = 'waiting' AND e.after_key IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM effect p WHERE p.connection_id = e.connection_id
                       AND p.effect_key = e.after_key AND p.state NOT IN ('rejected', 'withdrawn')))
   OR (e.state IN ('held', 'dead') AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.effect_id = e.effect_id
                                                   AND h.closed_at IS NULL))
LIMIT 1000;

-- name: backlog
SELECT (SELECT count(*) FROM message WHERE state IN ('waiting', 'working')) AS messages,
       (SELECT count(*) FROM effect WHERE state IN ('waiting', 'sending')) AS effects,
       (SELECT count(*) FROM hold WHERE closed_at IS NULL) AS holds;

-- name: worker_seen
INSERT INTO worker (worker_id, host, pid, started_at, seen_at, stages)
VALUES (%(worker_id)s, %(host)s, %(pid)s, %(now)s, %(now)s, %(stages)s)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = EXCLUDED.seen_at;

-- name: workers_beside
SELECT worker_id, pid, started_at FROM worker WHERE host = %(host)s AND worker_id <> %(worker_id)s;

-- name: free_slots_of
UPDATE connection_slot SET owner = NULL, until = %(now)s
WHERE owner = ANY (%(owners)s) AND until > %(now)s;

-- name: worker_gone
DELETE FROM worker WHERE worker_id = %(worker_id)s OR seen_at < %(long_ago)s;

-- name: extend_calls
-- Of the calls that the worker knows it has in hand; of all that are its own when it does not say.
UPDATE effect SET until = %(until)s
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE state = 'sending' AND owner = %(owner)s AND last_sent_at > %(longest_call)s
                      AND (%(fences)s::bigint[] IS NULL OR fence = ANY (%(fences)s::bigint[]))
                    ORDER BY effect_id FOR UPDATE SKIP LOCKED);

-- name: extend_slots
UPDATE connection_slot SET until = %(until)s
WHERE (connection_id, slot) IN (SELECT s.connection_id, s.slot FROM connection_slot s
                                WHERE s.owner = %(owner)s AND s.until > %(now)s
                                  AND EXISTS (SELECT 1 FROM effect e WHERE e.fence = s.fence
                                              AND e.state = 'sending' AND e.owner = s.owner
                                              AND e.last_sent_at > %(longest_call)s)
                                  AND (%(fences)s::bigint[] IS NULL OR s.fence = ANY (%(fences)s::bigint[]))
                                FOR UPDATE SKIP LOCKED);

-- name: extend_streams
UPDATE stream SET until = %(until)s
WHERE owner = %(owner)s AND until > %(now)s AND until < %(until)s AND heard_at > %(longest_call)s;
