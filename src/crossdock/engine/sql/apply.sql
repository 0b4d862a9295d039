-- name: claim_messages
-- Messages that are due, one lease per key they are about. A key under a live lease is left alone.
-- One that was begun twice and never finished is taken alone: it may be what killed its workers.
WITH ready AS MATERIALIZED (
    SELECT m.message_id, m.company_id, m.work_key, m.lane, m.attempts
    FROM message m
    WHERE m.state = 'waiting' AND m.ready_at <= %(now)s
      AND m.connection_id = ANY (%(connections)s::int[])
      AND NOT EXISTS (SELECT 1 FROM lease l
                      WHERE l.company_id = m.company_id AND l.work_key = m.work_key)
    ORDER BY m.lane, m.message_id
    LIMIT %(limit)s
    FOR UPDATE OF m SKIP LOCKED
), suspect AS (
    SELECT message_id FROM ready WHERE attempts >= 2 ORDER BY lane, message_id LIMIT 1
), chosen AS (
    SELECT r.message_id, r.company_id, r.work_key FROM ready r
    WHERE NOT EXISTS (SELECT 1 FROM suspect)
       OR r.message_id = (SELECT s.message_id FROM suspect s)
), leased AS (
    INSERT INTO lease (company_id, work_key, fence, owner, until)
    SELECT company_id, work_key, nextval('fence'), %(owner)s, %(until)s
    FROM (SELECT DISTINCT company_id, work_key FROM chosen ORDER BY company_id, work_key) k
    ON CONFLICT (company_id, work_key) DO NOTHING
    RETURNING company_id, work_key, fence
)
UPDATE message m SET state = 'working', attempts = m.attempts + 1
FROM chosen r JOIN leased l USING (company_id, work_key)
WHERE m.message_id = r.message_id
RETURNING m.message_id, m.company_id, m.connection_id, m.message_key, m.kind, m.work_key, m.version,
          m.source, m.lane, m.received_at, m.delivery_id, m.attempts, m.released, l.fence,
          m.former::text AS former;

-- name: read_bodies
SELECT d.delivery_id, d.topic, d.headers, d.body
FROM unnest(%(delivery_ids)s::bigint[], %(received_ats)s::timestamptz[]) AS w (delivery_id, received_at)
JOIN delivery d USING (received_at, delivery_id);

-- name: lock_leases
SELECT l.company_id, l.work_key
FROM lease l JOIN unnest(%(companies)s::int[], %(work_keys)s::text[], %(fences)s::bigint[])
     AS w (company_id, work_key, fence) USING (company_id, work_key, fence)
ORDER BY l.company_id, l.work_key
FOR UPDATE OF l;

-- name: drop_leases
DELETE FROM lease l USING unnest(%(companies)s::int[], %(work_keys)s::text[], %(fences)s::bigint[])
     AS w (company_id, work_key, fence)
WHERE l.company_id = w.company_id AND l.work_key = w.work_key AND l.fence = w.fence;

-- name: read_documents
SELECT d.company_id, d.work_key, d.document_type, d.document_id, d.connection_id, d.status,
       d.source_version, d.source_digest, d.source_message, d.data::text AS data
FROM (SELECT DISTINCT * FROM unnest(%(companies)s::int[], %(work_keys)s::text[])) AS w (company_id, work_key)
JOIN document d USING (company_id, work_key);

-- name: write_documents
INSERT INTO document (company_id, work_key, document_type, document_id, connection_id, status,
                      source_version, source_digest, source_message, data, created_at, updated_at)
SELECT company_id, work_key, document_type, document_id, connection_id, status,
       source_version, source_digest, source_message, convert_from(data, 'UTF8')::jsonb, %(now)s, %(now)s
FROM unnest(%(companies)s::int[], %(work_keys)s::text[], %(types)s::text[], %(ids)s::text[],
            %(connections)s::int[], %(statuses)s::text[], %(versions)s::text[], %(digests)s::text[],
            %(messages)s::bigint[], %(datas)s::bytea[])
     AS d (company_id, work_key, document_type, document_id, connection_id, status,
           source_version, source_digest, source_message, data)
ON CONFLICT (company_id, work_key) DO UPDATE
SET document_id = EXCLUDED.document_id, status = EXCLUDED.status,
    source_version = EXCLUDED.source_version, source_digest = EXCLUDED.source_digest,
    source_message = EXCLUDED.source_message, data = EXCLUDED.data,
    updated_at = greatest(document.updated_at, EXCLUDED.updated_at);

-- name: claim_identities
INSERT INTO identity_claim (company_id, identity, work_key, claimed_at)
SELECT DISTINCT ON (company_id, identity) company_id, identity, work_key, %(now)s
FROM unnest(%(companies)s::int[], %(identities)s::text[], %(work_keys)s::text[])
     WITH ORDINALITY AS i (company_id, identity, work_key, position)
ORDER BY company_id, identity, position
ON CONFLICT (company_id, identity) DO NOTHING
RETURNING company_id, identity, work_key;

-- name: read_identities
SELECT DISTINCT i.company_id, i.identity, i.work_key
FROM unnest(%(companies)s::int[], %(identities)s::text[]) AS w (company_id, identity)
JOIN identity_claim i USING (company_id, identity);

-- name: open_holds
SELECT DISTINCT h.company_id, h.work_key, h.code
FROM unnest(%(companies)s::int[], %(work_keys)s::text[], %(codes)s::text[])
     AS w (company_id, work_key, code)
JOIN hold h USING (company_id, work_key, code)
WHERE h.closed_at IS NULL;

-- name: withdraw_effects
-- Effects that nobody has begun to send are taken back; the others go on. One of a restored ledger
-- that was looked for and is not there was not sent, however often it was tried; one that has to be
-- looked for yet is refused by ourselves if it is not there.
WITH untouched AS (
    SELECT effect_id FROM effect
    WHERE effect_key = ANY (%(effect_keys)s) AND company_id = ANY (%(companies)s)
      AND state = 'waiting' AND (attempts = 0 OR cause = 'restored') AND NOT must_probe
    ORDER BY effect_id FOR UPDATE SKIP LOCKED
), in_doubt AS (
    SELECT effect_id FROM effect
    WHERE effect_key = ANY (%(effect_keys)s) AND company_id = ANY (%(companies)s)
      AND state IN ('waiting', 'sending') AND must_probe
      AND first_sent_at <= (SELECT max(restored_at) FROM restoration)
    ORDER BY effect_id FOR UPDATE SKIP LOCKED
), unwanted AS (
    UPDATE effect e SET error_code = 'taken_back' FROM in_doubt d WHERE e.effect_id = d.effect_id
)
UPDATE effect e SET state = 'withdrawn', ended_at = %(now)s
FROM untouched u WHERE e.effect_id = u.effect_id
RETURNING e.company_id, e.effect_key;

-- name: write_events
INSERT INTO event (company_id, work_key, type, occurred_at, message_id, data)
SELECT company_id, work_key, type, %(now)s, message_id, convert_from(data, 'UTF8')::jsonb
FROM unnest(%(companies)s::int[], %(work_keys)s::text[], %(types)s::text[], %(messages)s::bigint[],
            %(datas)s::bytea[]) AS e (company_id, work_key, type, message_id, data);

-- name: write_effects
-- After a restore the ledger is older than the world: what it made since the backup may stand there.
-- Not what is about a document first heard of when its connection had been read again. A message
-- that was unreadable, and is taken up as what it is (`internal`), may be as old as can be.
INSERT INTO effect (company_id, connection_id, effect_key, operation, target_key, after_key, work_key,
                    message_id, lane, state, request, created_at, ready_at, not_before,
                    must_probe, cause, first_sent_at, last_sent_at)
SELECT e.company_id, connection_id, effect_key, operation, target_key, after_key, e.work_key,
       message_id, lane, 'waiting', request, %(now)s, greatest(not_before, %(now)s), not_before,
       r.epoch IS NOT NULL, CASE WHEN r.epoch IS NOT NULL THEN 'restored' END, r.backup_at, r.restored_at
FROM unnest(%(companies)s::int[], %(connections)s::int[], %(effect_keys)s::text[],
            %(operations)s::text[], %(targets)s::text[], %(afters)s::text[], %(work_keys)s::text[],
            %(messages)s::bigint[], %(lanes)s::smallint[], %(requests)s::bytea[],
            %(not_befores)s::timestamptz[])
     AS e (company_id, connection_id, effect_key, operation, target_key, after_key, work_key,
           message_id, lane, request, not_before)
LEFT JOIN LATERAL (
    SELECT r.epoch, r.backup_at, r.restored_at
    FROM (SELECT * FROM restoration ORDER BY epoch DESC LIMIT 1) r
    LEFT JOIN message o ON o.message_id = e.message_id
    LEFT JOIN document d ON d.company_id = e.company_id AND d.work_key = e.work_key
    LEFT JOIN connection c ON c.connection_id = coalesce(d.connection_id, o.connection_id, e.connection_id)
    WHERE c.caught_up_at IS NULL OR d.created_at <= c.caught_up_at
       OR EXISTS (SELECT 1 FROM message k WHERE k.company_id = e.company_id AND k.work_key = e.work_key
                                            AND (k.received_at <= c.caught_up_at OR k.source = 'internal'))
       OR EXISTS (SELECT 1 FROM effect k WHERE k.company_id = e.company_id AND k.work_key = e.work_key
                                           AND k.created_at <= c.caught_up_at)) r ON true
ON CONFLICT (connection_id, effect_key) DO NOTHING;

-- name: refuse_effects
-- Written a moment ago, in this transaction, and never to be sent.
UPDATE effect e SET state = 'rejected', error_code = w.code, error = w.error, ended_at = %(now)s
FROM unnest(%(connections)s::int[], %(effect_keys)s::text[], %(codes)s::text[], %(errors)s::text[])
     AS w (connection_id, effect_key, code, error)
WHERE e.connection_id = w.connection_id AND e.effect_key = w.effect_key
  AND e.state = 'waiting' AND e.attempts = 0 AND e.request = ''
RETURNING e.effect_id, e.connection_id, e.effect_key, e.operation, e.work_key;

-- name: count_effects
SELECT count(*) AS count
FROM unnest(%(connections)s::int[], %(effect_keys)s::text[]) AS w (connection_id, effect_key)
JOIN effect e USING (connection_id, effect_key);

-- name: write_aliases
INSERT INTO alias (company_id, alias, work_key)
SELECT DISTINCT * FROM unnest(%(companies)s::int[], %(aliases)s::text[], %(work_keys)s::text[])
     AS a (company_id, alias, work_key)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING;

-- name: close_holds
-- An effect's hold belongs to the effect, and a process cannot answer what the engine asked.
WITH answered AS (
    UPDATE hold h SET closed_at = %(now)s, closed_by = 'crossdock', resolution = 'answered'
    FROM unnest(%(companies)s::int[], %(work_keys)s::text[], %(kept)s::text[], %(details)s::text[])
         AS a (company_id, work_key, kept, detail)
    WHERE h.company_id = a.company_id AND h.work_key = a.work_key AND h.closed_at IS NULL
      AND h.effect_id IS NULL AND h.kind = 'held'
      AND h.code NOT IN ('unreadable', 'not_allowed')
      AND h.code <> ALL (string_to_array(a.kept, E'\n'))
    RETURNING h.message_id, a.detail
)
UPDATE message m SET state = 'done', end_code = 'answered', end_detail = a.detail, ended_at = %(now)s
FROM answered a WHERE m.message_id = a.message_id AND m.state = 'held';

-- name: close_message_holds
UPDATE hold SET closed_at = %(now)s, closed_by = 'crossdock', resolution = 'looked at again'
WHERE closed_at IS NULL AND message_id = ANY (%(message_ids)s);

-- name: write_holds
-- Without a value of its own, a hold is worth the total of the order it is about.
INSERT INTO hold (company_id, connection_id, work_key, message_id, kind, code, field, reason, fix,
                  need, candidates, value_amount, value_currency, owner, opened_at)
SELECT h.company_id, h.connection_id, h.work_key, h.message_id, h.kind, h.code, h.field, h.reason, h.fix,
       h.need, convert_from(h.candidates, 'UTF8')::jsonb,
       coalesce(h.value_amount, (d.data -> 'order' -> 'total' ->> 'amount')::numeric),
       coalesce(h.value_currency, d.data -> 'order' -> 'total' ->> 'currency'), h.owner, %(now)s
FROM unnest(%(companies)s::int[], %(connections)s::int[], %(work_keys)s::text[], %(messages)s::bigint[],
            %(kinds)s::text[], %(codes)s::text[], %(fields)s::text[], %(reasons)s::text[],
            %(fixes)s::text[], %(needs)s::text[], %(candidates)s::bytea[], %(amounts)s::numeric[],
            %(currencies)s::text[], %(owners)s::text[])
     AS h (company_id, connection_id, work_key, message_id, kind, code, field, reason, fix, need,
           candidates, value_amount, value_currency, owner)
LEFT JOIN document d ON d.company_id = h.company_id AND d.work_key = h.work_key
ON CONFLICT DO NOTHING;

-- name: end_messages
-- One that was replayed and changed nothing has the end again that it had.
UPDATE message m
SET state = e.state, end_code = e.code, end_detail = e.detail,
    duplicate_of = coalesce(e.duplicate_of,
                            CASE WHEN e.owner IS NOT NULL THEN
                                (SELECT d.source_message FROM document d
                                 WHERE d.company_id = m.company_id AND d.work_key = e.owner)
                                 WHEN e.unchanged THEN (m.former ->> 'duplicate_of')::bigint END),
    ready_at = coalesce(e.ready_at, m.ready_at),
    released = m.released AND e.state = 'waiting',
    attempts = CASE WHEN e.state = 'waiting' AND e.code = 'retry' THEN m.attempts ELSE 1 END,
    ended_at = CASE WHEN e.state IN ('waiting', 'held', 'dead') THEN NULL
                    WHEN e.unchanged THEN (m.former ->> 'ended_at')::timestamptz ELSE %(now)s END,
    former = CASE WHEN e.state = 'waiting' THEN m.former END
FROM unnest(%(messages)s::bigint[], %(states)s::text[], %(codes)s::text[], %(details)s::text[],
            %(duplicates)s::bigint[], %(owners)s::text[], %(readies)s::timestamptz[],
            %(unchanged)s::boolean[])
     AS e (message_id, state, code, detail, duplicate_of, owner, ready_at, unchanged)
WHERE m.message_id = e.message_id AND m.state IN ('working', 'waiting');

-- name: point_at
-- What it turned out to be: taken under its own key now, or when it came again meanwhile.
UPDATE message m SET duplicate_of = o.message_id, end_detail = 'it is message ' || o.message_id
FROM message o
WHERE m.message_id = %(message_id)s AND o.connection_id = %(connection_id)s
  AND o.message_key = %(message_key)s;

-- name: supersede_held
-- Held snapshots that an applied newer one replaces need no person any more.
UPDATE message SET state = 'stale', end_code = 'superseded', end_detail = s.detail, ended_at = %(now)s
FROM unnest(%(companies)s::int[], %(work_keys)s::text[], %(versions)s::text[], %(messages)s::bigint[],
            %(kinds)s::text[], %(details)s::text[])
     AS s (company_id, work_key, version, message_id, kind, detail)
WHERE message.company_id = s.company_id AND message.work_key = s.work_key
  AND message.kind = s.kind AND message.state = 'held'
  AND message.version COLLATE "C" <= s.version AND message.message_id <> s.message_id
RETURNING message.message_id;
