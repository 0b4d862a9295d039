-- name: orders_touched
-- Work keys of orders that came in a window, and of what anything came about in it.
SELECT work_key FROM document
WHERE company_id = %(company_id)s AND document_type = 'SalesOrder'
  AND created_at >= %(since)s AND created_at < %(until)s
UNION
SELECT work_key FROM message
WHERE company_id = %(company_id)s AND received_at >= %(since)s AND received_at < %(until)s
ORDER BY work_key;

-- name: orders_by_key
SELECT work_key, status, created_at, data::text AS data
FROM document
WHERE company_id = %(company_id)s AND document_type = 'SalesOrder'
  AND work_key = ANY (%(work_keys)s)
ORDER BY work_key;

-- name: by_alias
SELECT DISTINCT work_key FROM alias
WHERE company_id = %(company_id)s AND alias = ANY (%(aliases)s)
ORDER BY work_key;

-- name: by_channel_id
-- Reads all orders that came since: asked for the few that no alias names.
SELECT work_key FROM document
WHERE company_id = %(company_id)s AND document_type = 'SalesOrder'
  AND created_at >= %(since)s AND connection_id = %(connection_id)s
  AND (data -> 'order' ->> 'reference' = ANY (%(ids)s)
       OR EXISTS (SELECT 1 FROM jsonb_array_elements(data -> 'order' -> 'identifiers') i
                  WHERE i ->> 'value' = ANY (%(ids)s)))
ORDER BY work_key;

-- name: moving
-- What a difference may come from, and who has it stands among the open items of the close.
SELECT work_key FROM message
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s)
  AND state IN ('waiting', 'working')
UNION
SELECT work_key FROM effect
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s)
  AND connection_id = %(connection_id)s AND state IN ('waiting', 'sending', 'held', 'dead');

-- name: waiting
SELECT DISTINCT work_key FROM message
WHERE company_id = %(company_id)s AND work_key = ANY (%(work_keys)s)
  AND connection_id = %(connection_id)s AND state IN ('waiting', 'working', 'held', 'dead');

-- name: names
SELECT name FROM connection WHERE company_id = %(company_id)s ORDER BY name;
