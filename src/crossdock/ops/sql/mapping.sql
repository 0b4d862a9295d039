-- name: connection
SELECT connection_id, company_id, name, system, coalesce(settings ->> 'erp', '') AS erp
FROM connection WHERE name = %(name)s;

-- name: connection_names
SELECT name FROM connection ORDER BY name;
