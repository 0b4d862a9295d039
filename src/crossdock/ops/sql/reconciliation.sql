-- name: orders_of
-- A page of sales orders that came in a window, by work key.
SELECT work_key, status, created_at, data::text AS data
FROM document
WHERE company_id = %(company_id)s AND document_type = 'SalesOrder'
  AND created_at >= %(since)s AND created_at < %(until)s
  AND work_key > %(after)s
ORDER BY work_key
LIMIT %(limit)s;
