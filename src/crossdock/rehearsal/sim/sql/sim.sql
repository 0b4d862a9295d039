-- name: no_vacuum
ALTER SYSTEM SET autovacuum = off;

-- name: no_disk
ALTER SYSTEM SET fsync = off;

-- name: quick_deadlocks
ALTER SYSTEM SET deadlock_timeout = '5ms';

-- name: plan_once
ALTER SYSTEM SET plan_cache_mode = 'force_generic_plan';

-- name: reload
SELECT pg_reload_conf();

-- name: empty
-- Every table but the schema's own and the company, all numbers from the beginning.
DO $$
BEGIN
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('crossdock.%I', relname), ', ' ORDER BY relname)
                    || ' RESTART IDENTITY'
             FROM pg_class
             WHERE relnamespace = 'crossdock'::regnamespace AND relkind IN ('r', 'p')
               AND NOT relispartition AND relname NOT IN ('alembic_version', 'company'));
END $$;

-- name: restart_fence
ALTER SEQUENCE crossdock.fence RESTART;

-- name: due
-- What each stage could find now: a changed answer wakes it.
SELECT 'apply' AS stage, 0 AS connection_id, count(*) AS n, max(message_id) AS last
FROM message WHERE state = 'waiting' AND ready_at <= %(now)s
UNION ALL
SELECT 'deliver', connection_id, count(*), max(effect_id)
FROM effect WHERE state = 'waiting' AND ready_at <= %(now)s GROUP BY connection_id
UNION ALL
SELECT 'sweep', connection_id, count(*), 0
FROM stream WHERE due_at <= %(now)s AND (until IS NULL OR until <= %(now)s)
GROUP BY connection_id
ORDER BY 1, 2;

-- name: streams_unread
SELECT count(*) AS n FROM stream WHERE as_of IS NULL OR as_of < %(since)s;

-- name: sweep_now
UPDATE stream SET due_at = least(due_at, %(now)s);

-- name: open_work
SELECT (SELECT count(*) FROM message WHERE state IN ('waiting', 'working')) AS messages,
       (SELECT count(*) FROM effect WHERE state IN ('waiting', 'sending')) AS effects;

-- name: newest_transaction
SELECT pg_current_snapshot()::text AS id;
