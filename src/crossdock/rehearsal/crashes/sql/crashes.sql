-- name: first_webhook
-- A genuine, signed arrival, to be sent again under other delivery ids.
SELECT d.topic, d.headers, d.body
FROM delivery d JOIN connection c USING (connection_id)
WHERE d.source = 'webhook' AND NOT d.duplicate AND c.name = %(connection)s
ORDER BY d.delivery_id LIMIT 1;

-- name: kept_headers
SELECT d.headers FROM delivery d JOIN connection c USING (connection_id)
WHERE d.source = 'webhook' AND c.name = %(connection)s;

-- name: open_questions
SELECT code, count(*) AS n FROM hold WHERE closed_at IS NULL GROUP BY code ORDER BY code;

-- name: owners_in_hand
-- Effects in flight, by the worker that has them.
SELECT w.pid, count(*) AS calls
FROM effect e JOIN worker w ON w.worker_id = e.owner
WHERE e.state = 'sending' GROUP BY w.pid;

-- name: nobody_decides
LOCK TABLE document IN EXCLUSIVE MODE;

-- name: waits_for_lock
SELECT 1 FROM pg_stat_activity
WHERE client_addr = %(address)s::inet AND wait_event_type = 'Lock';

-- name: open_transactions
SELECT 1 FROM pg_stat_activity WHERE client_addr = %(address)s::inet AND xact_start IS NOT NULL;

-- name: answering_sessions
SELECT count(*) AS n FROM pg_stat_activity
WHERE client_addr = %(address)s::inet AND state_change > %(since)s;

-- name: synchronous_standbys
SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync';

-- name: write_something
INSERT INTO worker (worker_id, host, pid, stages, started_at, seen_at)
SELECT 'crossdock crashes', 'nowhere', 0, '', max(seen_at), max(seen_at) FROM worker;

-- name: waiting_for_standby
SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event = 'SyncRep';

-- name: read_messages
SELECT count(*) AS n FROM (SELECT 1 FROM message LIMIT 10) AS few;

-- name: callers
SELECT DISTINCT worker FROM attempt WHERE ended_at > %(since)s;

-- name: workers_here
SELECT pid FROM worker;

-- name: waits_for_table
SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' LIMIT 1;
