-- name: ensure_principal
INSERT INTO principal (company_id, name, kind, created_at)
VALUES (%(company_id)s, %(name)s, %(kind)s, %(now)s)
ON CONFLICT (company_id, name) DO UPDATE SET active = true
RETURNING principal_id, kind;

-- name: grant_roles
INSERT INTO role_grant (company_id, principal_id, role, granted_at)
SELECT %(company_id)s, %(principal_id)s, role, %(now)s FROM unnest(%(roles)s::text[]) AS role
ON CONFLICT DO NOTHING;

-- name: revoke_role
DELETE FROM role_grant WHERE principal_id = %(principal_id)s AND role = %(role)s;

-- name: find_principal
SELECT p.principal_id, p.company_id, p.name, p.kind,
       array(SELECT role FROM role_grant g WHERE g.principal_id = p.principal_id ORDER BY role) AS roles
FROM principal p
WHERE p.company_id = %(company_id)s AND p.name = %(name)s AND p.active;

-- name: deactivate_principal
UPDATE principal SET active = false WHERE principal_id = %(principal_id)s;

-- name: add_key
INSERT INTO api_key (key_id, company_id, principal_id, secret_hash, created_at, expires_at)
VALUES (%(key_id)s, %(company_id)s, %(principal_id)s, %(secret_hash)s, %(now)s, %(expires_at)s);

-- name: find_key
SELECT k.secret_hash, k.expires_at, k.revoked_at, p.principal_id, p.company_id, p.name, p.kind, p.active,
       array(SELECT role FROM role_grant g WHERE g.principal_id = p.principal_id ORDER BY role) AS roles
FROM api_key k JOIN principal p USING (principal_id)
WHERE k.key_id = %(key_id)s;

-- name: revoke_key
UPDATE api_key SET revoked_at = coalesce(revoked_at, %(now)s) WHERE key_id = %(key_id)s;

-- name: list_keys
SELECT k.key_id, k.company_id, p.name, p.kind,
       array(SELECT role FROM role_grant g WHERE g.principal_id = p.principal_id ORDER BY role) AS roles,
       k.created_at, k.expires_at, k.revoked_at
FROM api_key k JOIN principal p USING (principal_id)
ORDER BY k.created_at DESC, k.key_id;
