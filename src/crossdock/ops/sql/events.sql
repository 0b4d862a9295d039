-- name: newest
SELECT e.event_id, e.occurred_at, e.type, e.work_key, e.message_id, e.data
FROM event e
WHERE (%(type)s::text IS NULL OR e.type = %(type)s)
  AND (%(work_key)s::text IS NULL OR e.work_key = %(work_key)s)
ORDER BY e.event_id DESC LIMIT %(limit)s;

-- name: following
SELECT e.event_id, e.occurred_at, e.type, e.work_key, e.message_id, e.data
FROM event e
WHERE e.event_id > %(after)s
  AND (%(type)s::text IS NULL OR e.type = %(type)s)
  AND (%(work_key)s::text IS NULL OR e.work_key = %(work_key)s)
ORDER BY e.event_id LIMIT %(limit)s;
