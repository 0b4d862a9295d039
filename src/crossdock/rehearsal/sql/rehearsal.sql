-- name: all_streams_due
UPDATE stream SET due_at = %(now)s;

-- name: streams_behind
SELECT count(*) FILTER (WHERE as_of IS NULL OR as_of < %(mark)s) AS behind, count(*) AS streams
FROM stream;

-- name: progress
SELECT (SELECT count(*) FROM message WHERE state IN ('waiting', 'working')) AS messages,
       (SELECT count(*) FROM effect WHERE state IN ('waiting', 'sending')) AS effects,
       (SELECT count(*) FROM document WHERE document_type = 'SalesOrder' AND status = ANY (%(ended)s)) AS ended,
       (SELECT count(*) FROM document WHERE document_type = 'SalesOrder') AS documents;

-- name: ledger
SELECT work_key, status, data FROM document WHERE document_type = 'SalesOrder';

-- name: message_states
SELECT state, count(*) AS n FROM message GROUP BY state;

-- name: effect_states
SELECT state, count(*) AS n FROM effect GROUP BY state;

-- name: totals
SELECT (SELECT count(*) FROM delivery) AS deliveries,
       (SELECT count(*) FROM delivery WHERE duplicate) AS duplicates,
       (SELECT count(*) FROM message) AS messages,
       (SELECT count(*) FROM effect WHERE adopted) AS adopted,
       (SELECT count(*) FROM attempt WHERE purpose = 'probe') AS probes;

-- name: open_holds
SELECT h.hold_id, h.code, h.reason, h.need, h.work_key, (d.data ->> 'erp_id')::int AS erp_id
FROM hold h LEFT JOIN document d USING (company_id, work_key)
WHERE h.closed_at IS NULL ORDER BY h.hold_id;
