-- name: just_read
UPDATE effect SET must_probe = false, cause = NULL, first_sent_at = NULL, last_sent_at = NULL
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE connection_id = %(connection_id)s AND operation = %(operation)s
                      AND state = 'waiting' AND cause = 'restored' AND must_probe
                      AND ready_at <= %(now)s
                    ORDER BY effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- name: ask_a_person
-- Those that may have been sent before that instant.
UPDATE effect SET state = 'held', error_code = 'unknown', error = %(error)s
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE connection_id = %(connection_id)s AND operation = %(operation)s
                      AND state = 'waiting' AND cause = 'restored' AND must_probe
                      AND ready_at <= %(now)s
                      AND first_sent_at <= %(before)s
                    ORDER BY effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED)
RETURNING effect_id;

-- name: look_later
-- A call of the lost time may still be running there: an absence proves nothing yet.
UPDATE effect SET ready_at = last_sent_at + %(settling)s
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE connection_id = %(connection_id)s AND operation = %(operation)s
                      AND state = 'waiting' AND cause = 'restored' AND must_probe
                      AND ready_at <= %(now)s
                      AND last_sent_at + %(settling)s > %(now)s
                    ORDER BY effect_id LIMIT 1000 FOR UPDATE SKIP LOCKED);

-- name: absent
-- Looked for and not there: to be sent, once nothing can take them back.
SELECT effect_id FROM effect
WHERE connection_id = %(connection_id)s AND operation = %(operation)s
  AND state = 'waiting' AND cause = 'restored' AND NOT must_probe AND ready_at <= %(now)s;

-- name: held_back
-- Of these, what was taken back since (`unwanted`), or what the lost time may have taken back: its
-- document's connection is not read again, or a message about it lies undecided.
SELECT e.effect_id, e.effect_key, e.error_code IS NOT DISTINCT FROM 'taken_back' AS unwanted
FROM effect e
CROSS JOIN (SELECT restored_at FROM restoration ORDER BY epoch DESC LIMIT 1) r
LEFT JOIN document d ON d.company_id = e.company_id AND d.work_key = e.work_key
LEFT JOIN message o ON o.message_id = e.message_id
LEFT JOIN connection c ON c.connection_id = coalesce(d.connection_id, o.connection_id)
WHERE e.effect_id = ANY (%(effect_ids)s)
  AND (e.cause = 'restored' OR e.first_sent_at <= r.restored_at)
  AND (e.error_code = 'taken_back' OR c.caught_up_at IS NULL
       AND EXISTS (SELECT 1 FROM stream s WHERE s.connection_id = c.connection_id AND s.stream <> %(upkeep)s
                                            AND (s.as_of IS NULL OR s.as_of < r.restored_at))
    OR EXISTS (SELECT 1 FROM message m
               WHERE m.company_id = e.company_id AND m.work_key = e.work_key AND m.source <> 'outcome'
                 AND (m.state = 'working' OR m.state = 'waiting' AND m.ready_at <= %(now)s)));

-- name: hold_back
UPDATE effect SET ready_at = %(until)s
WHERE effect_id IN (SELECT effect_id FROM effect
                    WHERE effect_id = ANY (%(effect_ids)s) AND state = 'waiting'
                    ORDER BY effect_id FOR UPDATE SKIP LOCKED);

-- name: read_again
-- Connections of which every declared stream was swept since the restore. One that is declared no
-- more is read no more.
SELECT c.connection_id, c.name
FROM connection c
CROSS JOIN (SELECT restored_at FROM restoration ORDER BY epoch DESC LIMIT 1) r
WHERE c.caught_up_at IS NULL AND c.connection_id = ANY (%(connection_ids)s::int[])
  AND NOT EXISTS (
      SELECT 1 FROM unnest(%(declaring)s::int[], %(streams)s::text[]) AS w (connection_id, stream)
      LEFT JOIN stream s USING (connection_id, stream)
      WHERE w.connection_id = c.connection_id AND (s.as_of IS NULL OR s.as_of < r.restored_at));

-- name: note_read_again
UPDATE connection SET caught_up_at = %(now)s
WHERE connection_id = ANY (%(connection_ids)s::int[]) AND caught_up_at IS NULL;

-- name: note_caught_up
-- Every connection has, and what came until then was looked at.
UPDATE restoration r SET caught_up_at = %(now)s
WHERE r.caught_up_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM connection c WHERE c.caught_up_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM message m
                  WHERE m.state IN ('waiting', 'working')
                    AND m.received_at <= (SELECT max(caught_up_at) FROM connection)
                    AND NOT EXISTS (SELECT 1 FROM document d WHERE d.company_id = m.company_id
                                                              AND d.work_key = m.work_key))
  AND NOT EXISTS (SELECT 1 FROM effect e
                  WHERE e.state IN ('waiting', 'sending')
                    AND e.created_at <= (SELECT max(caught_up_at) FROM connection)
                    AND NOT EXISTS (SELECT 1 FROM document d WHERE d.company_id = e.company_id
                                                              AND d.work_key = e.work_key));

-- name: lost_time
SELECT backup_at, restored_at FROM restoration ORDER BY epoch DESC LIMIT 1;
