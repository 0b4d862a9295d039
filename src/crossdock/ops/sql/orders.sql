-- name: list_orders
SELECT d.work_key, coalesce(nullif(d.data -> 'order' ->> 'name', ''), d.data -> 'order' ->> 'reference') AS name,
       d.data -> 'order' ->> 'reference' AS reference, c.name AS connection, d.status,
       (d.data -> 'order' -> 'total' ->> 'amount')::numeric AS total_amount,
       d.data -> 'order' -> 'total' ->> 'currency' AS total_currency,
       d.data ->> 'erp_name' AS erp_name, d.created_at, d.updated_at,
       (SELECT count(*) FROM hold h WHERE h.company_id = d.company_id AND h.work_key = d.work_key
        AND h.closed_at IS NULL) AS open_holds
FROM document d JOIN connection c USING (connection_id)
WHERE d.document_type = 'SalesOrder'
  AND (%(status)s::text IS NULL OR d.status = %(status)s)
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(work_key)s::text IS NULL OR d.work_key = %(work_key)s)
ORDER BY d.created_at DESC, d.work_key LIMIT %(limit)s;

-- name: draft_effect
SELECT effect_id FROM effect
WHERE company_id = ANY (%(companies)s) AND work_key = %(work_key)s AND state = 'done'
  AND operation = 'create_sales_order'
ORDER BY effect_id DESC LIMIT 1;

-- name: state_of
SELECT d.data FROM document d
WHERE d.company_id = ANY (%(companies)s) AND d.work_key = %(work_key)s AND d.document_type = 'SalesOrder';
