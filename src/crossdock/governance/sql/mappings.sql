-- name: list_mappings
SELECT c.name, x.kind, x.external_code, x.canonical_code, x.created_at, x.created_by
FROM crosswalk x JOIN connection c USING (connection_id)
WHERE %(connection)s::text IS NULL OR c.name = %(connection)s
ORDER BY c.name, x.kind, x.external_code;

-- name: read_mapping
SELECT canonical_code FROM crosswalk
WHERE connection_id = %(connection_id)s AND kind = %(kind)s AND external_code = %(external_code)s;

-- name: put_mapping
INSERT INTO crosswalk (company_id, connection_id, kind, external_code, canonical_code, created_at, created_by)
SELECT company_id, connection_id, %(kind)s, %(external_code)s, %(canonical_code)s, %(now)s, %(by)s
FROM connection WHERE connection_id = %(connection_id)s
ON CONFLICT (connection_id, kind, external_code) DO UPDATE
SET canonical_code = EXCLUDED.canonical_code, created_at = EXCLUDED.created_at,
    created_by = EXCLUDED.created_by;

-- name: drop_mapping
DELETE FROM crosswalk
WHERE connection_id = %(connection_id)s AND kind = %(kind)s AND external_code = %(external_code)s
RETURNING canonical_code;
