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

-- name: in_status
SELECT count(*) AS count FROM document
WHERE document_type = 'SalesOrder' AND status = %(status)s;

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
