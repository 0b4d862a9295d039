-- name: list_connections
SELECT connection_id, company_id, name, system, settings, secrets, paused, concurrency_limit
FROM connection ORDER BY name;

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
