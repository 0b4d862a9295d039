-- name: swept_now
UPDATE stream SET as_of = %(now)s
WHERE connection_id = %(connection_id)s AND stream = %(stream)s;

-- name: messages_open
SELECT EXISTS (SELECT FROM message WHERE state = 'waiting')
    OR EXISTS (SELECT FROM message WHERE state = 'working') AS any;

-- name: orders_by_status
SELECT status, count(*) AS count FROM document WHERE document_type = 'SalesOrder' GROUP BY status;

-- name: drafts
SELECT count(*) AS count FROM effect WHERE operation = 'create_sales_order';

-- name: holds
SELECT code, min(reason) AS reason, count(*) AS count FROM hold WHERE closed_at IS NULL GROUP BY code;

-- name: drafts_waiting
SELECT request FROM effect
WHERE operation = 'create_sales_order' AND state = 'waiting'
ORDER BY effect_id;

-- name: drafts_made
SELECT request FROM effect WHERE operation = 'create_sales_order' AND state = 'done'
ORDER BY effect_id LIMIT %(limit)s;

-- name: in_status
SELECT count(*) AS count FROM document
WHERE document_type = 'SalesOrder' AND status = %(status)s;

-- name: ended_since
SELECT count(*) AS count FROM document
WHERE company_id = 1 AND document_type = 'SalesOrder' AND status = 'invoiced'
  AND created_at >= %(since)s;

-- name: calls
SELECT operation, count(*) AS effects, count(DISTINCT attempt.fence) AS calls,
       round(avg(extract(epoch FROM attempt.ended_at - attempt.started_at)) * 1000) AS ms
FROM attempt JOIN effect USING (effect_id)
WHERE started_at >= %(since)s AND purpose = 'send' AND attempt.ended_at IS NOT NULL
GROUP BY operation ORDER BY operation;

-- name: seconds_to
-- From an order's first arrival by webhook until an effect of it was observed, for all that came
-- since. Orders for which it was not are missing.
WITH arrived AS (
    SELECT company_id, work_key, min(received_at) AS at FROM message
    WHERE kind = 'shopify.order' GROUP BY company_id, work_key
)
SELECT extract(epoch FROM min(e.ended_at) - a.at)::double precision AS seconds
FROM arrived a JOIN effect e USING (company_id, work_key) JOIN connection c USING (connection_id)
WHERE a.at >= %(since)s AND e.operation = %(operation)s AND c.name = %(connection)s
  AND e.state = 'done'
GROUP BY a.work_key, a.at;

-- name: own_pid
SELECT pg_backend_pid() AS pid;

-- name: sessions_of
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE ANY (%(names)s);

-- name: foreign_sessions
SELECT pid FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name NOT LIKE ALL (%(names)s);

-- name: worker_pids
SELECT pid FROM worker ORDER BY started_at DESC;

-- name: effects_done
SELECT count(*) AS count FROM effect JOIN connection USING (connection_id)
WHERE name = %(connection)s AND state = 'done';

-- name: calls_in_hand
SELECT count(*) AS count FROM connection_slot JOIN connection USING (connection_id)
WHERE name = %(connection)s AND owner IS NOT NULL;

-- name: work_open
SELECT EXISTS (SELECT FROM message WHERE state IN ('waiting', 'working'))
    OR EXISTS (SELECT FROM effect WHERE state IN ('waiting', 'sending')) AS any;
