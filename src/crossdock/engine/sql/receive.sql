-- name: keep_arrivals
-- One row per arrival, duplicates included; one message per key. A key that exists keeps its first
-- message, and the arrival points at it by the key.
-- Rows are locked in key order, so that two batches never wait for each other in a circle.
WITH arrived AS MATERIALIZED (
    SELECT nextval('delivery_delivery_id_seq') AS delivery_id, a.*
    FROM unnest(%(connection_ids)s::int[], %(company_ids)s::int[], %(sources)s::text[],
                %(topics)s::text[], %(keys)s::text[], %(kinds)s::text[], %(works)s::text[],
                %(versions)s::text[], %(lanes)s::smallint[], %(states)s::text[],
                %(headers)s::bytea[], %(bodies)s::bytea[])
         AS a (connection_id, company_id, source, topic, message_key, kind, work_key, version,
               lane, state, headers, body)
), kept AS (
    INSERT INTO message (message_id, company_id, connection_id, message_key, kind, work_key, version,
                         source, lane, state, received_at, delivery_id, ready_at)
    OVERRIDING SYSTEM VALUE
    SELECT delivery_id, company_id, connection_id, message_key, kind, work_key, version,
           source, lane, state, %(now)s, delivery_id, %(now)s
    FROM arrived
    ORDER BY connection_id, message_key COLLATE "C"
    ON CONFLICT (connection_id, message_key) DO NOTHING
    RETURNING message_id, connection_id, state
), logged AS (
    INSERT INTO delivery (delivery_id, received_at, company_id, connection_id, source, topic,
                          message_key, duplicate, headers, body)
    OVERRIDING SYSTEM VALUE
    SELECT a.delivery_id, %(now)s, a.company_id, a.connection_id, a.source, a.topic, a.message_key,
           k.message_id IS NULL, a.headers, a.body
    FROM arrived a LEFT JOIN kept k ON k.message_id = a.delivery_id
)
SELECT connection_id, count(*) AS new, array_agg(message_id) FILTER (WHERE state = 'held') AS held
FROM kept GROUP BY connection_id;

-- name: known_keys
SELECT message_key FROM message
WHERE connection_id = %(connection_id)s AND message_key = ANY (%(keys)s);

-- name: work_keys_by_alias
SELECT DISTINCT ON (alias) alias, work_key FROM alias
WHERE company_id = %(company_id)s AND alias = ANY (%(aliases)s)
ORDER BY alias, work_key;

-- name: count_refusal
INSERT INTO refused_arrival (connection_id, company_id, day, reason, count)
VALUES (%(connection_id)s, %(company_id)s, %(day)s, %(reason)s, %(count)s)
ON CONFLICT (connection_id, day, reason)
DO UPDATE SET count = refused_arrival.count + EXCLUDED.count
RETURNING count;

-- name: hold_connection
INSERT INTO hold (company_id, connection_id, work_key, kind, code, field, reason, fix, owner, opened_at)
VALUES (%(company_id)s, %(connection_id)s, %(work_key)s, 'held', %(code)s, %(field)s, %(reason)s,
        %(fix)s, %(owner)s, %(now)s);

-- name: wake
SELECT pg_notify(%(channel)s, '');

-- name: wake_without_sync
-- A commit that waits for no disk: what it would lose in a crash is found by polling.
SELECT set_config('synchronous_commit', 'off', true), pg_notify(channel, '')
FROM unnest(%(channels)s::text[]) AS w (channel);

-- name: hold_unreadable
INSERT INTO hold (company_id, connection_id, work_key, message_id, kind, code, field, reason, fix,
                  owner, opened_at)
SELECT m.company_id, m.connection_id, m.work_key, m.message_id, 'held', 'unreadable', h.field,
       h.reason, h.fix, h.owner, %(now)s
FROM unnest(%(message_keys)s::text[], %(connection_ids)s::int[], %(fields)s::text[],
            %(reasons)s::text[], %(fixes)s::text[], %(owners)s::text[])
     AS h (message_key, connection_id, field, reason, fix, owner)
JOIN message m USING (connection_id, message_key)
WHERE m.message_id = ANY (%(message_ids)s)
ON CONFLICT DO NOTHING;
