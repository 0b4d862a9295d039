-- name: forget_positions
-- What a document said before and says no more.
DELETE FROM stock_position p
USING unnest(%(companies)s::int[], %(work_keys)s::text[]) AS w (company_id, work_key)
WHERE p.work_key = w.work_key AND p.company_id = w.company_id
  AND NOT EXISTS (
    SELECT 1
    FROM unnest(%(connections)s::int[], %(places)s::text[], %(skus)s::text[], %(measures)s::text[])
         AS k (connection_id, place, sku, measure)
    WHERE k.sku = p.sku AND k.connection_id = p.connection_id AND k.place = p.place
      AND k.measure = p.measure);

-- name: write_positions
INSERT INTO stock_position (company_id, connection_id, place, sku, measure, amount, unit, as_of, work_key)
SELECT * FROM unnest(%(row_companies)s::int[], %(connections)s::int[], %(places)s::text[], %(skus)s::text[],
                     %(measures)s::text[], %(amounts)s::numeric[], %(units)s::text[],
                     %(as_ofs)s::timestamptz[], %(row_work_keys)s::text[])
ON CONFLICT (sku, connection_id, place, measure) DO UPDATE
SET amount = excluded.amount, unit = excluded.unit, as_of = excluded.as_of, work_key = excluded.work_key;

-- name: read_positions
-- With the location each belongs to, where it is known as one. By location, authority first.
SELECT p.sku, l.name AS location, l.authority, c.name AS connection,
       CASE WHEN l.location_id IS NULL THEN NULL
            WHEN l.erp_connection_id = p.connection_id AND l.erp_code = p.place THEN 'erp'
            ELSE 'warehouse' END AS source,
       p.place, p.measure, p.amount, p.unit, p.as_of
FROM stock_position p
JOIN connection c USING (connection_id)
LEFT JOIN stock_location l
  ON (l.erp_connection_id = p.connection_id AND l.erp_code = p.place)
  OR (l.warehouse_connection_id = p.connection_id AND p.place = '')
WHERE (%(sku)s::text IS NULL OR p.sku = %(sku)s)
  AND (%(location)s::text IS NULL OR l.name = %(location)s)
  AND (%(after)s::text IS NULL OR p.sku > %(after)s)
  AND (%(measure)s::text IS NULL OR p.measure = %(measure)s)
  AND (NOT %(counting)s OR CASE l.authority
         WHEN 'erp' THEN l.erp_connection_id = p.connection_id AND l.erp_code = p.place
         WHEN 'warehouse' THEN l.warehouse_connection_id = p.connection_id AND p.place = ''
         ELSE false END)
ORDER BY p.sku, l.name NULLS LAST, c.name, p.place, p.measure
LIMIT %(limit)s;

-- name: unknown_places
-- Sources that say something of places that no location names.
SELECT c.name AS connection, c.system, p.place, count(DISTINCT p.sku) AS skus
FROM stock_position p
JOIN connection c USING (connection_id)
WHERE NOT EXISTS (
    SELECT 1 FROM stock_location l
    WHERE (l.erp_connection_id = p.connection_id AND l.erp_code = p.place)
       OR (l.warehouse_connection_id = p.connection_id AND p.place = ''))
GROUP BY c.name, c.system, p.place
ORDER BY c.name, p.place;
