-- The history of a database, made from the orders that it saw: everything that belongs to them is
-- written again, %(copies)s times, under other keys and longer ago. Its shape is the real one.

-- name: seed
SELECT (SELECT count(*) FROM message) AS messages, (SELECT max(delivery_id) FROM delivery) AS last_delivery,
       (SELECT max(effect_id) FROM effect) AS last_effect;

-- name: copy_deliveries
INSERT INTO delivery (delivery_id, received_at, company_id, connection_id, source, topic, message_key,
                      duplicate, headers, body)
OVERRIDING SYSTEM VALUE
SELECT delivery_id + n * %(last_delivery)s, received_at - interval '400 days' + n * %(step)s, company_id,
       connection_id, source, topic, message_key || ':' || n, duplicate, headers, body
FROM generate_series(1, %(copies)s) AS n, delivery
ORDER BY n, delivery_id;

-- name: copy_messages
INSERT INTO message (message_id, company_id, connection_id, message_key, kind, work_key, version, source,
                     lane, state, received_at, delivery_id, ready_at, attempts, released, duplicate_of,
                     end_code, end_detail, ended_at, former)
OVERRIDING SYSTEM VALUE
SELECT message_id + n * %(last_delivery)s, company_id, connection_id, message_key || ':' || n, kind,
       work_key || ':' || n, version, source, lane, state, received_at - interval '400 days' + n * %(step)s,
       delivery_id + n * %(last_delivery)s, ready_at - interval '400 days' + n * %(step)s, attempts,
       released, duplicate_of + n * %(last_delivery)s, end_code, end_detail,
       ended_at - interval '400 days' + n * %(step)s, former
FROM generate_series(1, %(copies)s) AS n, message
WHERE ended_at IS NOT NULL
ORDER BY n, message_id;

-- name: copy_documents
INSERT INTO document (company_id, work_key, document_type, document_id, connection_id, status,
                      source_version, source_digest, source_message, data, created_at, updated_at)
SELECT company_id, work_key || ':' || n, document_type, document_id || ':' || n, connection_id, status,
       source_version, source_digest, source_message + n * %(last_delivery)s, data,
       created_at - interval '400 days' + n * %(step)s, updated_at - interval '400 days' + n * %(step)s
FROM generate_series(1, %(copies)s) AS n, document
WHERE document_type = 'SalesOrder'
ORDER BY n, source_message;

-- name: copy_identities
INSERT INTO identity_claim (company_id, identity, work_key, claimed_at)
SELECT company_id, md5(identity || ':' || n), work_key || ':' || n,
       claimed_at - interval '400 days' + n * %(step)s
FROM generate_series(1, %(copies)s) AS n, identity_claim;

-- name: copy_aliases
INSERT INTO alias (company_id, alias, work_key)
SELECT company_id, alias || ':' || n, work_key || ':' || n
FROM generate_series(1, %(copies)s) AS n, alias;

-- name: copy_events
INSERT INTO event (company_id, work_key, type, occurred_at, message_id, data)
SELECT company_id, work_key || ':' || n, type, occurred_at - interval '400 days' + n * %(step)s,
       message_id + n * %(last_delivery)s, data
FROM generate_series(1, %(copies)s) AS n, event
ORDER BY n, event_id;

-- name: copy_effects
INSERT INTO effect (effect_id, company_id, connection_id, effect_key, operation, target_key, after_key,
                    work_key, message_id, lane, state, request, created_at, ready_at, attempts,
                    first_sent_at, last_sent_at, fence, ended_at)
OVERRIDING SYSTEM VALUE
SELECT effect_id + n * %(last_effect)s, company_id, connection_id, effect_key || ':' || n, operation,
       target_key || ':' || n, after_key || ':' || n, work_key || ':' || n,
       message_id + n * %(last_delivery)s, lane, state, request,
       created_at - interval '400 days' + n * %(step)s, ready_at - interval '400 days' + n * %(step)s,
       attempts, first_sent_at - interval '400 days' + n * %(step)s,
       last_sent_at - interval '400 days' + n * %(step)s, fence,
       ended_at - interval '400 days' + n * %(step)s
FROM generate_series(1, %(copies)s) AS n, effect
WHERE state = 'done'
ORDER BY n, effect_id;

-- name: copy_attempts
INSERT INTO attempt (company_id, effect_id, number, purpose, worker, fence, started_at, ended_at,
                     outcome, detail)
SELECT a.company_id, a.effect_id + n * %(last_effect)s, number, purpose, worker, a.fence,
       started_at - interval '400 days' + n * %(step)s, a.ended_at - interval '400 days' + n * %(step)s,
       outcome, detail
FROM generate_series(1, %(copies)s) AS n, attempt a JOIN effect e USING (effect_id)
WHERE e.state = 'done'
ORDER BY n, a.effect_id;

-- name: go_on_behind
-- New rows are numbered from here on.
SELECT setval(pg_get_serial_sequence('delivery', 'delivery_id'), (SELECT max(delivery_id) FROM delivery)),
       setval(pg_get_serial_sequence('effect', 'effect_id'), (SELECT max(effect_id) FROM effect));
