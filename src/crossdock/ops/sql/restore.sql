-- name: set_lock_timeout
SELECT set_config('lock_timeout', %(most)s, true);

-- name: lift_row_security
-- Rows of every company go in; as long as this transaction lasts, nobody else is in the tables.
DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT oid FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relforcerowsecurity
    LOOP
        EXECUTE format('ALTER TABLE %%s NO FORCE ROW LEVEL SECURITY', t);
    END LOOP;
    LOCK TABLE company, worker IN ACCESS EXCLUSIVE MODE;
END $$;

-- name: force_row_security
DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT oid FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity
    LOOP
        EXECUTE format('ALTER TABLE %%s FORCE ROW LEVEL SECURITY', t);
    END LOOP;
END $$;

-- name: forget_companies
-- Those that `crossdock migrate` made in the empty database.
DELETE FROM company;

-- name: set_sequence
-- Far beyond what was given out before the backup, and after it: no number means two things.
SELECT setval(quote_ident(%(name)s)::regclass,
              greatest(1, %(last)s + CASE WHEN data_type = 'bigint'::regtype THEN %(ahead)s ELSE 0 END),
              %(last)s > 0 OR data_type = 'bigint'::regtype)
FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = %(name)s;

-- name: note_restoration
INSERT INTO restoration (epoch, backup_at, backup_digest, restored_at, restored_by)
VALUES (%(epoch)s, %(backup_at)s, %(digest)s, %(now)s, %(by)s);

-- name: forget_workers
DELETE FROM worker;

-- name: forget_leases
DELETE FROM lease;

-- name: forget_breakers
DELETE FROM breaker;

-- name: free_slots
UPDATE connection_slot SET owner = NULL, until = %(now)s, fence = 0;

-- name: empty_buckets
-- What others have spent there since is not known: begin with nothing in hand.
UPDATE rate_bucket SET tokens = 0, refilled_at = %(now)s;

-- name: put_messages_back
UPDATE message SET state = 'waiting', ready_at = %(now)s WHERE state = 'working';

-- name: end_attempts
UPDATE attempt SET ended_at = %(now)s, outcome = 'unknown',
       detail = 'the ledger was restored from a backup made during this attempt'
WHERE ended_at IS NULL;

-- name: doubt_effects
-- What was open at the backup may have been sent since: looked for before anything is sent.
UPDATE effect SET state = CASE state WHEN 'sending' THEN 'waiting' ELSE state END, must_probe = true,
       cause = 'restored', strikes = 0, owner = NULL, until = NULL, fence = NULL,
       ready_at = greatest(not_before, CASE state WHEN 'sending' THEN %(now)s ELSE ready_at END),
       first_sent_at = coalesce(first_sent_at, %(backup_at)s), last_sent_at = %(now)s
WHERE state IN ('waiting', 'sending');

-- name: read_again
-- Cursors are of the backup's moment: each sweep goes on from there, less its overlap. What a
-- projection holds is too old to decide on, and is read whole, for what was deleted meanwhile.
UPDATE stream SET owner = NULL, until = NULL, fence = NULL, heard_at = NULL, hinted = false,
       due_at = %(now)s, as_of = NULL, failures = 0, error = NULL,
       cursor = CASE WHEN projection IS NULL THEN cursor END;

-- name: nothing_read_again
UPDATE connection SET caught_up_at = NULL;

-- name: companies
SELECT company_id FROM company ORDER BY company_id;
