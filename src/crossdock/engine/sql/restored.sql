-- name: just_read
UPDATE effect SET must_probe = false, cause = NULL, first_sent_at = NULL, last_sent_at = NULL
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE connection_id = %(connection_id)s AND operation = %(operation)s
                      AND state = 'waiting' AND cause = 'restored' AND ready_at <= %(now)s
                    ORDER BY effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- name: ask_a_person
-- Those that may have been sent before that instant.
UPDATE effect SET state = 'held', error_code = 'unknown', error = %(error)s
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE connection_id = %(connection_id)s AND operation = %(operation)s
                      AND state = 'waiting' AND cause = 'restored' AND ready_at <= %(now)s
                      AND first_sent_at <= %(before)s
                    ORDER BY effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED)
RETURNING effect_id;

-- name: look_later
-- A call of the lost time may still be running there: an absence proves nothing yet.
UPDATE effect SET ready_at = last_sent_at + %(settling)s
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE connection_id = %(connection_id)s AND operation = %(operation)s
                      AND state = 'waiting' AND cause = 'restored' AND ready_at <= %(now)s
                      AND last_sent_at + %(settling)s > %(now)s
                    ORDER BY effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- name: note_caught_up
UPDATE restoration r SET caught_up_at = %(now)s
WHERE r.caught_up_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM stream s
                  WHERE s.stream <> %(upkeep)s AND (s.as_of IS NULL OR s.as_of < r.restored_at))
  AND NOT EXISTS (SELECT 1 FROM message m
                  WHERE m.state IN ('waiting', 'working')
                    AND NOT EXISTS (SELECT 1 FROM document d WHERE d.company_id = m.company_id
                                                              AND d.work_key = m.work_key))
  AND NOT EXISTS (SELECT 1 FROM effect e
                  WHERE e.state IN ('waiting', 'sending')
                    AND NOT EXISTS (SELECT 1 FROM document d WHERE d.company_id = e.company_id
                                                              AND d.work_key = e.work_key));

-- name: lost_time
SELECT backup_at, restored_at FROM restoration ORDER BY epoch DESC LIMIT 1;
