-- name: begin_probe
-- One caller at a time may try a connection that does not answer; one that died is not waited for.
UPDATE breaker SET probe_at = %(until)s
WHERE connection_id = %(connection_id)s AND opened_at IS NOT NULL AND probe_at <= %(now)s
RETURNING connection_id;

-- name: answered
UPDATE breaker SET failures = 0, probes = 0, opened_at = NULL, probe_at = NULL, asked_at = NULL,
       reason = NULL, last_opened_at = coalesce(opened_at, last_opened_at)
FROM (SELECT b.connection_id, b.opened_at AS was_open_since FROM breaker b
      WHERE b.connection_id = %(connection_id)s AND (b.failures > 0 OR b.opened_at IS NOT NULL)
      FOR UPDATE) before
WHERE breaker.connection_id = before.connection_id
RETURNING before.was_open_since;

-- name: count_failure
INSERT INTO breaker (connection_id, failures, reason)
VALUES (%(connection_id)s, 1, %(reason)s)
ON CONFLICT (connection_id) DO UPDATE SET failures = breaker.failures + 1, reason = EXCLUDED.reason
RETURNING failures, probes, opened_at, asked_at;

-- name: open_breaker
UPDATE breaker SET opened_at = coalesce(opened_at, %(now)s), probe_at = %(probe_at)s,
       probes = probes + 1
WHERE connection_id = %(connection_id)s;

-- name: ask_a_person
WITH asked AS (
    UPDATE breaker SET asked_at = %(now)s WHERE connection_id = %(connection_id)s
)
INSERT INTO hold (company_id, connection_id, work_key, kind, code, reason, fix, owner, opened_at)
VALUES (%(company_id)s, %(connection_id)s, %(work_key)s, 'held', 'unreachable', %(reason)s, %(fix)s,
        %(owner)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: close_question
UPDATE hold SET closed_at = %(now)s, closed_by = 'crossdock', resolution = 'it answers again'
WHERE company_id = %(company_id)s AND connection_id = %(connection_id)s AND code = 'unreachable'
  AND closed_at IS NULL AND message_id IS NULL AND effect_id IS NULL;

-- name: probe_now
UPDATE breaker SET probe_at = least(probe_at, %(now)s)
WHERE connection_id = %(connection_id)s AND opened_at IS NOT NULL;
