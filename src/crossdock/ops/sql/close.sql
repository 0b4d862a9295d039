-- name: one_snapshot
-- All of a close is read from one instant: what moves meanwhile is in all of its numbers or in none.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: messages
-- Arrivals of the day by what they were, and the messages they made by where those are now.
SELECT b.connection_id, a.arrivals, a.repeats, a.reentered,
       m.done, m.duplicate, m.stale, m.rejected, m.waiting, m.working, m.held, m.dead,
       (SELECT count(*) FROM message o
        WHERE o.connection_id = b.connection_id AND o.received_at < b.since
          AND o.state IN ('waiting', 'working', 'held', 'dead')) AS carried
FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
     AS b (connection_id, since, until)
CROSS JOIN LATERAL (
    SELECT count(*) AS arrivals, count(*) FILTER (WHERE duplicate) AS repeats,
           count(*) FILTER (WHERE source IN ('outcome', 'reread', 'internal')) AS reentered
    FROM delivery d
    WHERE d.connection_id = b.connection_id AND d.received_at >= b.since AND d.received_at < b.until
) a
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state = 'duplicate') AS duplicate,
           count(*) FILTER (WHERE state = 'stale') AS stale,
           count(*) FILTER (WHERE state = 'rejected') AS rejected,
           count(*) FILTER (WHERE state = 'waiting') AS waiting,
           count(*) FILTER (WHERE state = 'working') AS working,
           count(*) FILTER (WHERE state = 'held') AS held,
           count(*) FILTER (WHERE state = 'dead') AS dead
    FROM message m
    WHERE m.connection_id = b.connection_id AND m.received_at >= b.since AND m.received_at < b.until
) m
ORDER BY b.connection_id;

-- name: unaccounted
-- Arrivals that led to no message, and messages that no arrival brought. Must be none. So many of
-- each connection; `keys`: of these keys alone.
SELECT * FROM (
    SELECT u.*, row_number() OVER of_connection AS rank, count(*) OVER everything AS total
    FROM (
        SELECT b.connection_id, 'arrival' AS what, d.delivery_id AS id, d.message_key, d.received_at,
               '' AS work_key
        FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
             AS b (connection_id, since, until)
        JOIN delivery d ON d.connection_id = b.connection_id AND d.received_at >= b.since
             AND d.received_at < b.until
        WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.connection_id = d.connection_id
                          AND m.message_key = d.message_key)
        UNION ALL
        SELECT b.connection_id, 'message', m.message_id, m.message_key, m.received_at, m.work_key
        FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
             AS b (connection_id, since, until)
        JOIN message m ON m.connection_id = b.connection_id AND m.received_at >= b.since
             AND m.received_at < b.until
        WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.received_at = m.received_at
                          AND d.delivery_id = m.delivery_id)
    ) u
    WHERE %(keys)s::text[] IS NULL OR u.message_key = ANY (%(keys)s)
    WINDOW everything AS (PARTITION BY u.connection_id),
           of_connection AS (PARTITION BY u.connection_id ORDER BY u.what, u.id)
) r
WHERE r.rank <= %(limit)s
ORDER BY r.connection_id, r.what, r.id;

-- name: left_out
-- Connections that are configured, and that this process could not connect: nothing proves their day.
SELECT name FROM connection
WHERE company_id = %(company_id)s AND connection_id <> ALL (%(connections)s::int[])
ORDER BY name;

-- name: refused
SELECT connection_id, reason, count FROM refused_arrival
WHERE connection_id = ANY (%(connections)s::int[]) AND day = %(day)s
ORDER BY connection_id, reason;

-- name: effects
SELECT b.connection_id, count(e.effect_id) AS made,
       count(*) FILTER (WHERE e.state = 'done') AS done,
       count(*) FILTER (WHERE e.state = 'rejected') AS rejected,
       count(*) FILTER (WHERE e.state = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE e.state IN ('waiting', 'sending', 'held', 'dead')) AS open,
       (SELECT count(*) FROM effect o
        WHERE o.connection_id = b.connection_id AND o.created_at < b.since
          AND o.state IN ('waiting', 'sending', 'held', 'dead')) AS carried
FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
     AS b (connection_id, since, until)
LEFT JOIN effect e ON e.connection_id = b.connection_id AND e.created_at >= b.since
     AND e.created_at < b.until
GROUP BY b.connection_id, b.since
ORDER BY b.connection_id;

-- name: holds
-- Every question counts; the value of what several of them are about counts once.
SELECT connection_id, currency, sum(opened)::bigint AS opened,
       coalesce(sum(opened_value), 0) AS opened_value, sum(closed)::bigint AS closed,
       coalesce(sum(closed_value), 0) AS closed_value, sum(open)::bigint AS open,
       coalesce(sum(open_value), 0) AS open_value
FROM (
    SELECT b.connection_id, h.value_currency AS currency,
           count(*) FILTER (WHERE h.opened_at >= b.since) AS opened,
           max(h.value_amount) FILTER (WHERE h.opened_at >= b.since) AS opened_value,
           count(*) FILTER (WHERE h.closed_at >= b.since AND h.closed_at < b.until) AS closed,
           max(h.value_amount) FILTER (WHERE h.closed_at >= b.since AND h.closed_at < b.until)
               AS closed_value,
           count(*) FILTER (WHERE h.closed_at IS NULL) AS open,
           max(h.value_amount) FILTER (WHERE h.closed_at IS NULL) AS open_value
    FROM unnest(%(connections)s::int[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
         AS b (connection_id, since, until)
    JOIN hold h ON h.connection_id = b.connection_id AND h.opened_at < b.until
         AND (h.closed_at IS NULL OR h.closed_at >= b.since)
    GROUP BY b.connection_id, h.value_currency, h.work_key
) w
GROUP BY connection_id, currency
ORDER BY connection_id, currency;

-- name: open_items
-- Everything that came or was made up to the day's end and is open, and whose it is. An effect that
-- waits behind one that is a person's, is that person's as well. So many of each connection, nobody's
-- first; `works`: about these documents alone.
SELECT * FROM (
SELECT o.*, row_number() OVER (PARTITION BY o.connection_id
                               ORDER BY (o.owner IS NOT NULL), o.since, o.what, o.id) AS rank
FROM (
    SELECT b.connection_id, 'message' AS what, m.message_id AS id, m.kind AS name, m.work_key,
           m.state, m.received_at AS since,
           CASE m.state WHEN 'waiting' THEN 'crossdock'
                        WHEN 'working' THEN CASE WHEN l.owner IS NOT NULL THEN 'crossdock' END
                        ELSE h.owner END AS owner,
           coalesce(h.reason, m.end_detail, '') AS reason, coalesce(h.fix, '') AS fix,
           h.hold_id, h.value_amount, h.value_currency
    FROM unnest(%(connections)s::int[], %(untils)s::timestamptz[]) AS b (connection_id, until)
    JOIN message m ON m.connection_id = b.connection_id AND m.received_at < b.until
         AND m.state IN ('waiting', 'working', 'held', 'dead')
    LEFT JOIN hold h ON h.message_id = m.message_id AND h.closed_at IS NULL
    LEFT JOIN lease l ON l.company_id = m.company_id AND l.work_key = m.work_key AND l.until > %(now)s
    UNION ALL
    SELECT b.connection_id, 'effect', e.effect_id, e.operation, e.work_key, e.state, e.created_at,
           CASE e.state WHEN 'waiting' THEN coalesce(p.owner, 'crossdock')
                        WHEN 'sending' THEN CASE WHEN e.until > %(now)s THEN 'crossdock' END
                        ELSE h.owner END,
           coalesce(h.reason, p.reason, e.error, ''), coalesce(h.fix, p.fix, ''),
           coalesce(h.hold_id, p.hold_id), h.value_amount, h.value_currency
    FROM unnest(%(connections)s::int[], %(untils)s::timestamptz[]) AS b (connection_id, until)
    JOIN effect e ON e.connection_id = b.connection_id AND e.created_at < b.until
         AND e.state IN ('waiting', 'sending', 'held', 'dead')
    LEFT JOIN hold h ON h.effect_id = e.effect_id AND h.closed_at IS NULL
    LEFT JOIN LATERAL (
        SELECT ph.owner, ph.reason, ph.fix, ph.hold_id
        FROM effect f JOIN hold ph ON ph.effect_id = f.effect_id AND ph.closed_at IS NULL
        WHERE e.state = 'waiting' AND f.connection_id = e.connection_id
          AND f.state IN ('held', 'dead')
          AND ((f.target_key = e.target_key AND f.effect_id < e.effect_id)
               OR f.effect_key = e.after_key)
        ORDER BY f.effect_id LIMIT 1
    ) p ON true
) o
WHERE %(works)s::text[] IS NULL OR o.work_key = ANY (%(works)s)
) r
WHERE r.rank <= %(limit)s
ORDER BY (r.owner IS NOT NULL), r.since, r.what, r.id;

-- name: last_run
SELECT r.run_id, r.digest, r.closed_at, r.result, a.detail ->> 'digest' AS noted
FROM close_run r
LEFT JOIN audit a ON a.company_id = r.company_id AND a.sequence = r.audit_sequence
     AND a.hash = r.audit_hash
WHERE r.company_id = %(company_id)s AND r.day = %(day)s AND r.scope = %(scope)s
ORDER BY r.run_id DESC LIMIT 1;

-- name: later_run
-- A close of this day that covers one of these connections and began after this one.
SELECT run_id, closed_at, closed_by FROM close_run
WHERE company_id = %(company_id)s AND day = %(day)s AND closed_at > %(now)s
  AND (scope = %(scope)s OR scope = '' OR %(scope)s = '')
ORDER BY run_id DESC LIMIT 1;

-- name: lock_closes
-- Two people who close at once get one run.
SELECT pg_advisory_xact_lock(hashtext('crossdock.close'), %(company_id)s::int);

-- name: next_run_id
SELECT nextval(pg_get_serial_sequence('close_run', 'run_id')) AS run_id;

-- name: keep_run
INSERT INTO close_run (run_id, company_id, day, scope, digest, differences, closed_at, closed_by,
                       audit_sequence, audit_hash, result)
OVERRIDING SYSTEM VALUE
VALUES (%(run_id)s, %(company_id)s, %(day)s, %(scope)s, %(digest)s, %(differences)s, %(now)s, %(by)s,
        %(audit_sequence)s, %(audit_hash)s, %(result)s);
