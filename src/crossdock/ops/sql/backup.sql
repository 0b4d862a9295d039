-- name: one_snapshot
-- Everything that this transaction reads is of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: tables
-- The ledger's tables, each after those that it refers to.
WITH RECURSIVE refers AS (
    SELECT DISTINCT conrelid, confrelid FROM pg_constraint
    WHERE contype = 'f' AND conrelid <> confrelid AND connamespace = current_schema()::regnamespace
), depth AS (
    SELECT oid, 0 AS level FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition AND relname <> 'alembic_version'
    UNION ALL
    SELECT r.conrelid, d.level + 1 FROM depth d JOIN refers r ON r.confrelid = d.oid
)
SELECT c.relname::text AS name,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attgenerated = '') AS columns,
       k.key, k.texts
FROM (SELECT oid, max(level) AS level FROM depth GROUP BY oid) d
JOIN pg_class c ON c.oid = d.oid
JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY i.position) AS key,
           array_agg(a.attname::text) FILTER (WHERE a.attcollation <> 0) AS texts
    FROM pg_index x CROSS JOIN unnest(x.indkey::smallint[]) WITH ORDINALITY AS i (attnum, position)
    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = i.attnum
    WHERE x.indrelid = c.oid AND x.indisprimary) k ON true
ORDER BY d.level, c.relname;

-- name: sequences
SELECT sequencename::text AS name, last_value FROM pg_sequences
WHERE schemaname = current_schema() ORDER BY 1;

-- name: epoch
SELECT coalesce(max(epoch), 0) AS epoch FROM restoration;

-- name: server_version
SELECT current_setting('server_version') AS version;

-- name: revision
SELECT version_num FROM alembic_version;
