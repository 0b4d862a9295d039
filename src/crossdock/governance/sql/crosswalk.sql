-- name: find_mapped
-- Records of an ERP projection by what a channel calls them: a mapping made by a person comes first.
-- The key is made before the join: row-level security lets only a bare comparison use the index.
WITH wanted AS MATERIALIZED (
    SELECT w.position, er.connection_id, coalesce(%(scheme)s || x.canonical_code, w.key) AS key
    FROM unnest(%(companies)s::int[], %(channels)s::text[], %(erps)s::text[], %(keys)s::text[], %(codes)s::text[])
         WITH ORDINALITY AS w (company_id, channel, erp, key, code, position)
    JOIN connection ch ON ch.company_id = w.company_id AND ch.name = w.channel
    JOIN connection er ON er.company_id = w.company_id AND er.name = w.erp
    LEFT JOIN crosswalk x ON x.connection_id = ch.connection_id AND x.kind = %(map_kind)s
         AND x.external_code = w.code
)
SELECT w.position, p.external_id, p.data
FROM wanted w
JOIN projection_key pk ON pk.connection_id = w.connection_id AND pk.kind = %(projection)s AND pk.key = w.key
JOIN projection p ON p.connection_id = pk.connection_id AND p.kind = pk.kind AND p.external_id = pk.external_id
WHERE p.active
ORDER BY w.position, length(p.external_id), p.external_id;

-- name: connection_id
SELECT connection_id FROM connection WHERE company_id = %(company_id)s AND name = %(name)s;

-- name: ages
SELECT w.position, s.as_of, s.max_age_seconds
FROM unnest(%(companies)s::int[], %(erps)s::text[], %(kinds)s::text[])
     WITH ORDINALITY AS w (company_id, erp, kind, position)
JOIN connection c ON c.company_id = w.company_id AND c.name = w.erp
JOIN stream s ON s.connection_id = c.connection_id AND s.projection = w.kind;
