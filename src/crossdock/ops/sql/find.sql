-- name: by_alias
SELECT DISTINCT a.work_key, a.alias
FROM alias a
WHERE a.company_id = ANY (%(companies)s) AND a.alias = ANY (%(spellings)s)
ORDER BY a.work_key LIMIT 50;

-- name: by_work_key
SELECT work_key FROM document WHERE company_id = ANY (%(companies)s) AND work_key = %(id)s
UNION
SELECT work_key FROM message WHERE company_id = ANY (%(companies)s) AND work_key = %(id)s
LIMIT 1;

-- name: by_message_id
SELECT work_key FROM message WHERE message_id = %(number)s;

-- name: by_effect_id
SELECT work_key FROM effect WHERE effect_id = %(number)s;

-- name: by_hold_id
SELECT work_key FROM hold WHERE hold_id = %(number)s;

-- name: by_effect_key
SELECT DISTINCT work_key FROM effect
WHERE connection_id = ANY (%(connections)s) AND effect_key = %(id)s;

-- name: by_message_key
SELECT DISTINCT work_key FROM message
WHERE connection_id = ANY (%(connections)s) AND message_key = %(id)s;

-- name: by_identity
SELECT work_key FROM identity_claim WHERE company_id = ANY (%(companies)s) AND identity = %(id)s;

-- name: companies
SELECT unnest(current_companies()) AS company_id;

-- name: connections
SELECT connection_id FROM connection;
