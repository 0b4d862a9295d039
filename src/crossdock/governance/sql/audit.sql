-- name: lock_chain
-- 7226 keeps our locks apart from other programs' on the same database.
SELECT pg_advisory_xact_lock(7226, %(company_id)s);

-- name: head
SELECT sequence, hash FROM audit WHERE company_id = %(company_id)s ORDER BY sequence DESC LIMIT 1;

-- name: append
INSERT INTO audit (company_id, sequence, at, principal, action, subject, detail, previous_hash, hash)
VALUES (%(company_id)s, %(sequence)s, %(at)s, %(principal)s, %(action)s, %(subject)s, %(detail)s,
        %(previous_hash)s, %(hash)s);

-- name: list_acts
SELECT sequence, at, principal, action, subject, detail, previous_hash, hash
FROM audit
WHERE %(subject)s::text IS NULL OR subject = %(subject)s
ORDER BY audit_id DESC LIMIT %(limit)s;

-- name: page
SELECT sequence, at, principal, action, subject, detail, previous_hash, hash
FROM audit
WHERE company_id = %(company_id)s AND sequence > %(after)s
ORDER BY sequence LIMIT %(limit)s;

-- name: has_entry
SELECT 1 AS found FROM audit WHERE sequence = %(sequence)s AND hash = %(hash)s;
