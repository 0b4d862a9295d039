-- name: connections
SELECT c.name, c.system, c.paused,
       (SELECT count(*) FROM message m WHERE m.connection_id = c.connection_id AND m.state = 'waiting') AS messages_waiting,
       (SELECT count(*) FROM effect e WHERE e.connection_id = c.connection_id AND e.state = 'waiting') AS effects_waiting,
       (SELECT count(*) FROM effect e WHERE e.state = 'sending' AND e.connection_id = c.connection_id) AS effects_in_flight,
       (SELECT count(*) FROM hold h WHERE h.connection_id = c.connection_id AND h.closed_at IS NULL) AS open_holds,
       (SELECT min(e.ready_at) FROM effect e WHERE e.connection_id = c.connection_id AND e.state = 'waiting') AS effects_since,
       b.opened_at AS down_since, b.probe_at AS next_try_at, b.reason AS down_reason,
       r.per_day AS quota_per_day,
       CASE WHEN r.day = %(day)s THEN r.spent WHEN r.per_day IS NOT NULL THEN 0 END AS quota_taken,
       c.left_out
FROM connection c
LEFT JOIN breaker b ON b.connection_id = c.connection_id AND b.opened_at IS NOT NULL
LEFT JOIN rate_bucket r ON r.connection_id = c.connection_id
ORDER BY c.name;

-- name: workers
SELECT worker_id, host, pid, stages, started_at, seen_at, seen_at >= %(since)s AS here
FROM worker ORDER BY host, started_at, worker_id;

-- name: holds_by_code
-- The value of what several questions are about counts once.
SELECT code, sum(count)::bigint AS count, sum(value_amount) AS value_amount, value_currency,
       min(oldest) AS oldest
FROM (
    SELECT code, value_currency, count(*) AS count, max(value_amount) AS value_amount,
           min(opened_at) AS oldest
    FROM hold WHERE closed_at IS NULL
    GROUP BY code, value_currency, work_key
) w
GROUP BY code, value_currency
ORDER BY sum(value_amount) DESC NULLS LAST, code, value_currency;

-- name: settings
SELECT name, setting FROM pg_settings WHERE name = ANY (%(names)s);

-- name: oldest_due
-- What should have been taken already. A connection that is down, or whose day's quota is spent,
-- lets its effects wait, as one that was left out does: that is said of it, and nobody stands still.
SELECT (SELECT min(m.ready_at) FROM message m JOIN connection c USING (connection_id)
        WHERE m.state = 'waiting' AND m.ready_at <= %(now)s AND c.left_out IS NULL) AS message_since,
             (SELECT min(e.ready_at) FROM effect e JOIN connection c USING (connection_id)
              WHERE e.state = 'waiting' AND e.ready_at <= %(now)s AND NOT c.paused
                AND c.left_out IS NULL
                AND NOT EXISTS (SELECT 1 FROM breaker b WHERE b.connection_id = e.connection_id
                                AND b.opened_at IS NOT NULL)
                AND NOT EXISTS (SELECT 1 FROM rate_bucket r WHERE r.connection_id = e.connection_id
                                AND r.day = %(day)s AND r.spent >= r.per_day * %(share)s)
                AND NOT EXISTS (SELECT 1 FROM effect p
                                WHERE p.connection_id = e.connection_id AND p.target_key = e.target_key
                                  AND p.effect_id < e.effect_id
                                  AND p.state IN ('waiting', 'sending', 'held', 'dead'))
                AND (e.after_key IS NULL OR EXISTS (
                     SELECT 1 FROM effect a WHERE a.connection_id = e.connection_id
                                            AND a.effect_key = e.after_key AND a.state = 'done'))
             ) AS effect_since;

-- name: signs_of_life
-- The newest event, and whether anything is in somebody's hand at this moment.
SELECT (SELECT occurred_at FROM event ORDER BY event_id DESC LIMIT 1) AS last_event,
       EXISTS (SELECT 1 FROM lease WHERE until > %(now)s) AS leased,
       EXISTS (SELECT 1 FROM effect WHERE state = 'sending' AND until > %(now)s) AS in_flight;

-- name: streams
SELECT c.name AS connection, s.stream, s.projection, s.max_age_seconds, s.due_at, s.as_of, s.failures,
       s.error, c.paused, c.left_out IS NOT NULL AS left_out,
       s.until IS NOT NULL AND s.until > %(now)s AS sweeping, b.opened_at IS NOT NULL AS down
FROM stream s JOIN connection c USING (connection_id)
LEFT JOIN breaker b USING (connection_id)
ORDER BY c.name, s.stream;

-- name: restoration
SELECT epoch, backup_at, restored_at, restored_by, caught_up_at
FROM restoration ORDER BY epoch DESC LIMIT 1;

-- name: not_read_again
-- Since the last restore: streams and connections that were not read, and work of before that is
-- not decided.
WITH last AS (SELECT restored_at FROM restoration ORDER BY epoch DESC LIMIT 1),
level AS (SELECT max(caught_up_at) AS at FROM connection),
early AS (
    SELECT 'message' AS kind, m.message_id AS id FROM message m, level
    WHERE m.state IN ('waiting', 'working') AND m.received_at <= level.at
      AND NOT EXISTS (SELECT 1 FROM document d
                      WHERE d.company_id = m.company_id AND d.work_key = m.work_key)
    UNION ALL
    SELECT 'effect', e.effect_id FROM effect e, level
    WHERE e.state IN ('waiting', 'sending') AND e.created_at <= level.at
      AND NOT EXISTS (SELECT 1 FROM document d
                      WHERE d.company_id = e.company_id AND d.work_key = e.work_key)
)
SELECT c.name || coalesce(' ' || s.stream, '') AS what,
       CASE WHEN c.paused THEN 'paused' WHEN c.left_out IS NOT NULL THEN 'left out'
            WHEN b.opened_at IS NOT NULL THEN 'down' ELSE s.error END AS hindrance
FROM connection c CROSS JOIN last
LEFT JOIN stream s ON s.connection_id = c.connection_id AND s.stream <> 'upkeep'
                  AND (s.as_of IS NULL OR s.as_of < last.restored_at)
LEFT JOIN breaker b ON b.connection_id = c.connection_id
WHERE c.caught_up_at IS NULL
UNION ALL
SELECT kind || ' ' || min(id) || CASE WHEN count(*) > 1 THEN ' and ' || count(*) - 1 || ' more' ELSE '' END,
       'not decided'
FROM early GROUP BY kind
ORDER BY 1;
