-- name: list_locations
SELECT l.company_id, l.name, l.authority, e.name AS erp, l.erp_code, w.name AS warehouse, l.created_at
FROM stock_location l
LEFT JOIN connection e ON e.connection_id = l.erp_connection_id
LEFT JOIN connection w ON w.connection_id = l.warehouse_connection_id
WHERE (%(company_id)s::int IS NULL OR l.company_id = %(company_id)s)
  AND (%(name)s::text IS NULL OR l.name = %(name)s)
ORDER BY l.company_id, l.name;

-- name: find_connection
SELECT connection_id, company_id, system FROM connection WHERE name = %(name)s;

-- name: taken
SELECT name FROM stock_location
WHERE name <> %(name)s
  AND ((erp_connection_id = %(erp_connection_id)s::int AND erp_code = %(erp_code)s::text)
       OR warehouse_connection_id = %(warehouse_connection_id)s::int);

-- name: put_location
INSERT INTO stock_location (company_id, name, authority, erp_connection_id, erp_code,
                            warehouse_connection_id, created_at)
VALUES (%(company_id)s, %(name)s, %(authority)s, %(erp_connection_id)s, %(erp_code)s,
        %(warehouse_connection_id)s, %(now)s)
ON CONFLICT (company_id, name) DO UPDATE
SET authority = excluded.authority, erp_connection_id = excluded.erp_connection_id,
    erp_code = excluded.erp_code, warehouse_connection_id = excluded.warehouse_connection_id;

-- name: drop_location
DELETE FROM stock_location WHERE company_id = %(company_id)s AND name = %(name)s;
