-- name: take_slot
-- One of the connection's places for a call, free or left behind by a worker that died.
UPDATE connection_slot s
SET owner = %(owner)s, until = %(until)s, cost = %(cost)s, fence = nextval('fence')
FROM (SELECT cs.connection_id, cs.slot
      FROM connection_slot cs JOIN connection c USING (connection_id)
      WHERE cs.connection_id = %(connection_id)s AND cs.slot < c.concurrency_limit
        AND cs.until <= %(now)s AND NOT c.paused
      ORDER BY cs.slot LIMIT 1 FOR UPDATE OF cs SKIP LOCKED) free
WHERE s.connection_id = free.connection_id AND s.slot = free.slot
RETURNING s.slot, s.fence;

-- name: free_slot
UPDATE connection_slot SET owner = NULL, until = %(now)s
WHERE connection_id = %(connection_id)s AND slot = %(slot)s AND fence = %(fence)s;

-- name: next_operation
-- What the first effect in line asks for: a batch carries effects of one operation and one purpose.
-- Nothing while the connection's breaker is open.
SELECT e.effect_id, e.operation, e.must_probe, e.lane, e.cause, false AS probing
FROM effect e
WHERE e.connection_id = %(connection_id)s AND e.state = 'waiting' AND e.ready_at <= %(now)s
  AND NOT EXISTS (SELECT 1 FROM breaker b
                  WHERE b.connection_id = %(connection_id)s AND b.opened_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM effect p
                  WHERE p.connection_id = e.connection_id AND p.target_key = e.target_key
                    AND p.effect_id < e.effect_id
                    AND p.state IN ('waiting', 'sending', 'held', 'dead'))
  AND (e.after_key IS NULL OR EXISTS (SELECT 1 FROM effect a
                  WHERE a.connection_id = e.connection_id AND a.effect_key = e.after_key
                    AND a.state = 'done'))
ORDER BY e.lane, e.effect_id
LIMIT 1
FOR UPDATE OF e SKIP LOCKED;

-- name: next_probe
-- Of a connection whose breaker is open, the effect that tries it when a try is due: the one untried
-- for the longest time, so that one which can never pass keeps no other from being tried.
SELECT e.effect_id, e.operation, e.must_probe, e.lane, e.cause, true AS probing
FROM effect e
WHERE e.connection_id = %(connection_id)s AND e.state = 'waiting' AND e.ready_at <= %(now)s
  AND EXISTS (SELECT 1 FROM breaker b
              WHERE b.connection_id = %(connection_id)s AND b.opened_at IS NOT NULL
                AND b.probe_at <= %(now)s)
  AND NOT EXISTS (SELECT 1 FROM effect p
                  WHERE p.connection_id = e.connection_id AND p.target_key = e.target_key
                    AND p.effect_id < e.effect_id
                    AND p.state IN ('waiting', 'sending', 'held', 'dead'))
  AND (e.after_key IS NULL OR EXISTS (SELECT 1 FROM effect a
                  WHERE a.connection_id = e.connection_id AND a.effect_key = e.after_key
                    AND a.state = 'done'))
ORDER BY e.last_sent_at NULLS FIRST, e.lane, e.effect_id
LIMIT 1
FOR UPDATE OF e SKIP LOCKED;

-- name: count_waiting
-- Effects of one operation in line, counted no further than it matters, and the slots still free.
SELECT (SELECT count(*)
        FROM (SELECT 1 FROM effect
              WHERE connection_id = %(connection_id)s AND state = 'waiting'
                AND operation = %(operation)s
              LIMIT %(at_most)s) w) AS effects,
       (SELECT count(*)
        FROM connection_slot cs JOIN connection c USING (connection_id)
        WHERE cs.connection_id = %(connection_id)s AND cs.slot < c.concurrency_limit
          AND cs.until <= %(now)s) AS free;

-- name: claim_effects
-- Takes effects in line, none before an earlier one for the same target is resolved, and records
-- the attempt: from this commit on, an unfinished attempt has an unknown outcome. `only`: that one.
WITH ready AS MATERIALIZED (
    SELECT e.effect_id
    FROM effect e
    WHERE e.connection_id = %(connection_id)s AND e.state = 'waiting' AND e.ready_at <= %(now)s
      AND e.operation = %(operation)s AND e.must_probe = %(must_probe)s
      AND (e.cause IS NOT DISTINCT FROM 'restored') = %(restored)s
      AND (%(only)s::bigint IS NULL OR e.effect_id = %(only)s)
      AND NOT EXISTS (SELECT 1 FROM effect p
                      WHERE p.connection_id = e.connection_id AND p.target_key = e.target_key
                        AND p.effect_id < e.effect_id
                        AND p.state IN ('waiting', 'sending', 'held', 'dead'))
      AND (e.after_key IS NULL OR EXISTS (SELECT 1 FROM effect a
                      WHERE a.connection_id = e.connection_id AND a.effect_key = e.after_key
                        AND a.state = 'done'))
    ORDER BY e.lane, e.effect_id
    LIMIT %(limit)s
    FOR UPDATE OF e SKIP LOCKED
), taken AS (
    UPDATE effect e
    SET state = 'sending', attempts = e.attempts + 1, fence = %(fence)s, owner = %(owner)s,
        until = %(until)s, last_sent_at = %(now)s,
        first_sent_at = coalesce(e.first_sent_at, CASE WHEN NOT %(must_probe)s THEN %(now)s::timestamptz END)
    FROM ready r WHERE e.effect_id = r.effect_id
    RETURNING e.effect_id, e.company_id, e.effect_key, e.operation, e.target_key, e.work_key,
              e.message_id, e.request, e.attempts, e.first_sent_at, e.created_at, e.cause, e.strikes
), recorded AS (
    INSERT INTO attempt (company_id, effect_id, number, purpose, worker, fence, started_at)
    SELECT company_id, effect_id, attempts, CASE WHEN %(must_probe)s THEN 'probe' ELSE 'send' END,
           %(owner)s, %(fence)s, %(now)s
    FROM taken
)
SELECT * FROM taken ORDER BY effect_id;

-- name: begin_send
-- A probe found nothing: the same workers send now, under a new attempt.
WITH mine AS (
    UPDATE effect e
    SET must_probe = false, attempts = e.attempts + 1, until = %(until)s, last_sent_at = %(now)s
    WHERE e.effect_id = ANY (%(effect_ids)s) AND e.fence = %(fence)s AND e.state = 'sending'
    RETURNING e.company_id, e.effect_id, e.effect_key, e.attempts
), recorded AS (
    INSERT INTO attempt (company_id, effect_id, number, purpose, worker, fence, started_at)
    SELECT company_id, effect_id, attempts, 'send', %(owner)s, %(fence)s, %(now)s FROM mine
)
SELECT effect_key FROM mine;

-- name: bury_operation
-- Effects of an operation that no code can perform any more.
UPDATE effect SET state = 'dead', error_code = 'unknown_operation', error = %(error)s
WHERE connection_id = %(connection_id)s AND operation = %(operation)s AND state = 'waiting'
RETURNING effect_id;

-- name: lock_sending
SELECT effect_id FROM effect
WHERE effect_id = ANY (%(effect_ids)s) AND fence = %(fence)s AND state = 'sending'
ORDER BY effect_id FOR UPDATE;

-- name: settle_effects
-- Settled as `restored`: looked for and not there, so it was never sent. One that was taken back
-- while it had to be looked for stays so.
UPDATE effect e
SET state = s.state, must_probe = s.must_probe, ready_at = coalesce(s.ready_at, e.ready_at),
    error_code = CASE WHEN e.error_code = 'taken_back' AND s.state = 'waiting' THEN e.error_code ELSE s.code END,
    adopted = s.adopted, error = s.error, cause = s.cause, strikes = s.strikes, owner = NULL, until = NULL,
    ended_at = CASE WHEN s.state IN ('done', 'rejected') THEN %(now)s::timestamptz END,
    first_sent_at = CASE WHEN s.cause IS DISTINCT FROM 'restored' THEN e.first_sent_at END
FROM unnest(%(effect_ids)s::bigint[], %(states)s::text[], %(must_probes)s::boolean[],
            %(readies)s::timestamptz[], %(adopteds)s::boolean[], %(codes)s::text[], %(errors)s::text[],
            %(causes)s::text[], %(strikes)s::int[])
     AS s (effect_id, state, must_probe, ready_at, adopted, code, error, cause, strikes)
WHERE e.effect_id = s.effect_id AND e.fence = %(fence)s AND e.state = 'sending';

-- name: end_attempts
UPDATE attempt a SET ended_at = %(now)s, outcome = o.outcome, detail = o.detail
FROM unnest(%(effect_ids)s::bigint[], %(outcomes)s::text[], %(details)s::text[])
     AS o (effect_id, outcome, detail)
WHERE a.effect_id = o.effect_id AND a.fence = %(fence)s AND a.ended_at IS NULL;

-- name: hold_effects
INSERT INTO hold (company_id, connection_id, work_key, effect_id, kind, code, reason, fix,
                  value_amount, value_currency, owner, opened_at)
SELECT e.company_id, e.connection_id, e.work_key, e.effect_id, h.kind, h.code, h.reason, h.fix,
       (d.data -> 'order' -> 'total' ->> 'amount')::numeric, d.data -> 'order' -> 'total' ->> 'currency',
       %(owner)s, %(now)s
FROM unnest(%(effect_ids)s::bigint[], %(kinds)s::text[], %(codes)s::text[], %(reasons)s::text[],
            %(fixes)s::text[]) AS h (effect_id, kind, code, reason, fix)
JOIN effect e USING (effect_id)
LEFT JOIN document d ON d.company_id = e.company_id AND d.work_key = e.work_key
ON CONFLICT DO NOTHING;

-- name: move_limit
UPDATE connection
SET concurrency_limit = greatest(1, least(%(slots)s::int, concurrency_limit + %(by)s))
WHERE connection_id = %(connection_id)s
  AND concurrency_limit <> greatest(1, least(%(slots)s::int, concurrency_limit + %(by)s));

-- name: ensure_slots
INSERT INTO connection_slot (connection_id, slot, until)
SELECT %(connection_id)s, s, %(now)s FROM generate_series(0, %(slots)s - 1) AS s
ON CONFLICT DO NOTHING;

-- name: ensure_bucket
INSERT INTO rate_bucket (connection_id, capacity, tokens_per_second, tokens, refilled_at, per_day)
VALUES (%(connection_id)s, %(capacity)s, %(rate)s, %(capacity)s, %(now)s, %(per_day)s)
ON CONFLICT (connection_id) DO UPDATE
SET capacity = EXCLUDED.capacity, tokens_per_second = EXCLUDED.tokens_per_second,
    per_day = EXCLUDED.per_day
WHERE (rate_bucket.capacity, rate_bucket.tokens_per_second, rate_bucket.per_day)
   IS DISTINCT FROM (EXCLUDED.capacity, EXCLUDED.tokens_per_second, EXCLUDED.per_day);

-- name: take_tokens
-- From the bucket and from the day's quota (UTC), or from neither.
UPDATE rate_bucket
SET tokens = least(capacity, tokens + tokens_per_second
                   * extract(epoch FROM greatest(%(now)s - refilled_at, interval '0'))) - %(cost)s,
    refilled_at = greatest(refilled_at, %(now)s),
    day = %(day)s, spent = CASE WHEN day = %(day)s THEN spent ELSE 0 END + %(cost)s
WHERE connection_id = %(connection_id)s
  AND least(capacity, tokens + tokens_per_second
            * extract(epoch FROM greatest(%(now)s - refilled_at, interval '0'))) >= least(%(cost)s, capacity)
  AND (per_day IS NULL
       OR CASE WHEN day = %(day)s THEN spent ELSE 0 END + least(%(cost)s, per_day * %(share)s)
          <= per_day * %(share)s)
RETURNING tokens;

-- name: tokens_missing
SELECT greatest(0, (least(%(cost)s, capacity) - tokens) / nullif(tokens_per_second, 0)
       - extract(epoch FROM %(now)s - refilled_at))::double precision AS seconds,
       (per_day IS NOT NULL AND day = %(day)s
        AND spent + least(%(cost)s, per_day * %(share)s) > per_day * %(share)s) AS day_spent
FROM rate_bucket WHERE connection_id = %(connection_id)s;

-- name: set_tokens
-- The system itself said what is left; it has not counted the calls that are still in flight.
UPDATE rate_bucket b SET capacity = %(capacity)s, tokens_per_second = %(rate)s, refilled_at = %(now)s,
       tokens = %(tokens)s - (SELECT coalesce(sum(s.cost), 0) FROM connection_slot s
                              WHERE s.connection_id = b.connection_id AND s.until > %(now)s)
WHERE b.connection_id = %(connection_id)s;

-- name: drain_bucket
-- The system asked for a pause: the bucket is in debt until it is over.
UPDATE rate_bucket
SET tokens = least(tokens, least(1, capacity) - tokens_per_second * %(seconds)s),
    refilled_at = greatest(refilled_at, %(now)s)
WHERE connection_id = %(connection_id)s;

-- name: next_due
SELECT min(ready_at) AS ready_at FROM effect
WHERE connection_id = %(connection_id)s AND state = 'waiting' AND ready_at > %(now)s;

-- name: hold_connection
-- One open question per connection, however many effects meet it.
INSERT INTO hold (company_id, connection_id, work_key, kind, code, reason, fix, owner, opened_at)
SELECT %(company_id)s, %(connection_id)s, %(work_key)s, 'held', 'not_authorised', %(reason)s, %(fix)s,
       %(owner)s, %(now)s
WHERE NOT EXISTS (SELECT 1 FROM hold WHERE connection_id = %(connection_id)s
                  AND code = 'not_authorised' AND closed_at IS NULL)
ON CONFLICT DO NOTHING;

-- name: close_connection_hold
-- It answers us again, and nothing waits for a right any more.
UPDATE hold h SET closed_at = %(now)s, closed_by = 'crossdock', resolution = 'authorised again'
WHERE h.company_id = %(company_id)s AND h.code = 'not_authorised' AND h.closed_at IS NULL
  AND h.connection_id = %(connection_id)s AND h.message_id IS NULL AND h.effect_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.connection_id = h.connection_id
                  AND e.state = 'waiting' AND e.cause = 'not_authorised');
