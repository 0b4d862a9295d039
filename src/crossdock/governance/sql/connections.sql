-- name: list_connections
SELECT c.connection_id, c.company_id, c.name, c.system, c.settings, c.secrets, c.paused,
       c.concurrency_limit, b.opened_at AS down_since, b.reason AS down_reason, c.left_out
FROM connection c
LEFT JOIN breaker b ON b.connection_id = c.connection_id AND b.opened_at IS NOT NULL
ORDER BY c.name;

-- name: add_connection
INSERT INTO connection (company_id, name, system, settings, secrets, created_at, concurrency_limit)
VALUES (%(company_id)s, %(name)s, %(system)s, %(settings)s, %(secrets)s, %(now)s, %(concurrency)s)
ON CONFLICT (name) DO UPDATE
SET settings = EXCLUDED.settings, secrets = EXCLUDED.secrets,
    concurrency_limit = EXCLUDED.concurrency_limit
WHERE connection.company_id = EXCLUDED.company_id AND connection.system = EXCLUDED.system
RETURNING connection_id;

-- name: pause_connection
UPDATE connection SET paused = %(paused)s WHERE name = %(name)s RETURNING connection_id;

-- name: add_company
INSERT INTO company (company_id, code, name) VALUES (%(company_id)s, %(code)s, %(name)s)
ON CONFLICT (company_id) DO UPDATE SET name = EXCLUDED.name;

-- name: list_companies
SELECT company_id, code, name FROM company ORDER BY company_id;

-- name: note_left_out
UPDATE connection c SET left_out = w.reason
FROM connection o LEFT JOIN unnest(%(names)s::text[], %(reasons)s::text[]) AS w (name, reason) USING (name)
WHERE c.connection_id = o.connection_id AND c.left_out IS DISTINCT FROM w.reason;

-- name: lock_connection
SELECT connection_id FROM connection WHERE name = %(name)s FOR UPDATE;

-- name: traces
SELECT (SELECT count(*) FROM message m WHERE m.connection_id = c.connection_id) AS messages,
       (SELECT count(*) FROM effect e WHERE e.connection_id = c.connection_id) AS effects,
       (SELECT count(*) FROM crosswalk x WHERE x.connection_id = c.connection_id) AS mappings,
       (SELECT count(*) FROM stream s WHERE s.connection_id = c.connection_id) AS streams,
       (SELECT count(*) FROM projection p WHERE p.connection_id = c.connection_id) AS records
FROM connection c WHERE c.name = %(name)s;

-- name: drop_attachments
WITH gone AS (SELECT connection_id FROM connection WHERE name = %(name)s),
     slots AS (DELETE FROM connection_slot USING gone WHERE connection_slot.connection_id = gone.connection_id),
     bucket AS (DELETE FROM rate_bucket USING gone WHERE rate_bucket.connection_id = gone.connection_id),
     fuse AS (DELETE FROM breaker USING gone WHERE breaker.connection_id = gone.connection_id),
     swept AS (DELETE FROM stream USING gone WHERE stream.connection_id = gone.connection_id),
     keys AS (DELETE FROM projection_key USING gone WHERE projection_key.connection_id = gone.connection_id),
     records AS (DELETE FROM projection USING gone WHERE projection.connection_id = gone.connection_id)
DELETE FROM crosswalk USING gone WHERE crosswalk.connection_id = gone.connection_id;

-- name: drop_connection
DELETE FROM connection WHERE name = %(name)s;
