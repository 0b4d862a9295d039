-- The first schema. Conventions: every business row carries company_id under row-level security;
-- every instant is timestamptz and is given by the caller (the clock port), never by a default;
-- keys are COLLATE "C" wherever they stand: an index serves a join only in the collation of both.

-- company, people, connections -------------------------------------------------------------

CREATE TABLE company (
    company_id  integer PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    name        text NOT NULL
);

CREATE TABLE principal (
    principal_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id   integer NOT NULL REFERENCES company,
    name         text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('person', 'service')),
    active       boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL,
    UNIQUE (company_id, name)
);

CREATE TABLE role_grant (
    company_id   integer NOT NULL REFERENCES company,
    principal_id integer NOT NULL REFERENCES principal,
    role         text NOT NULL,
    granted_at   timestamptz NOT NULL,
    PRIMARY KEY (principal_id, role)
);

CREATE TABLE api_key (
    key_id       text PRIMARY KEY,
    company_id   integer NOT NULL REFERENCES company,
    principal_id integer NOT NULL REFERENCES principal,
    secret_hash  text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);

CREATE TABLE audit (
    audit_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id    integer NOT NULL REFERENCES company,
    sequence      bigint NOT NULL,
    at            timestamptz NOT NULL,
    principal     text NOT NULL,
    action        text NOT NULL,
    subject       text NOT NULL,
    detail        jsonb NOT NULL,
    previous_hash text NOT NULL,
    hash          text NOT NULL,
    UNIQUE (company_id, sequence)
);

CREATE TABLE connection (
    connection_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id    integer NOT NULL REFERENCES company,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{0,30}$'),
    system        text NOT NULL,
    settings      jsonb NOT NULL,
    secrets       jsonb NOT NULL,
    paused        boolean NOT NULL DEFAULT false,
    concurrency_limit integer NOT NULL DEFAULT 2,
    created_at    timestamptz NOT NULL,
    left_out      text,
    caught_up_at  timestamptz
);
COMMENT ON COLUMN connection.left_out IS 'why the process that started last does nothing with it';
COMMENT ON COLUMN connection.caught_up_at IS 'when all its streams had been read again since the last restore; asked only of a restored ledger';
COMMENT ON COLUMN connection.secrets IS 'references (env:NAME, file:PATH) by setting name, never values';

CREATE TABLE connection_slot (
    connection_id integer NOT NULL REFERENCES connection,
    slot          integer NOT NULL,
    fence         bigint NOT NULL DEFAULT 0,
    owner         text,
    until         timestamptz NOT NULL,
    cost          double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (connection_id, slot)
);
COMMENT ON TABLE connection_slot IS 'a call to the connection holds one: the cap on concurrency over all workers';

CREATE TABLE rate_bucket (
    connection_id integer PRIMARY KEY REFERENCES connection,
    capacity          double precision NOT NULL,
    tokens_per_second double precision NOT NULL,
    tokens            double precision NOT NULL,
    refilled_at       timestamptz NOT NULL,
    per_day           double precision,
    day               date,
    spent             double precision NOT NULL DEFAULT 0
);
COMMENT ON COLUMN rate_bucket.spent IS 'tokens taken on that day (UTC)';

CREATE TABLE breaker (
    connection_id  integer PRIMARY KEY REFERENCES connection,
    failures       integer NOT NULL,
    probes         integer NOT NULL DEFAULT 0,
    opened_at      timestamptz,
    probe_at       timestamptz,
    asked_at       timestamptz,
    last_opened_at timestamptz,
    reason         text
);
COMMENT ON TABLE breaker IS 'calls in a row that a connection did not answer; open while opened_at is set';

CREATE TABLE worker (
    worker_id  text PRIMARY KEY,
    host       text NOT NULL,
    pid        integer NOT NULL,
    stages     text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);

CREATE TABLE restoration (
    epoch         integer PRIMARY KEY,
    backup_at     timestamptz NOT NULL,
    backup_digest text NOT NULL,
    restored_at   timestamptz NOT NULL,
    restored_by   text NOT NULL,
    caught_up_at  timestamptz
);
COMMENT ON TABLE restoration IS 'each time the ledger was restored from a backup, and is older than the world since';
COMMENT ON COLUMN restoration.caught_up_at IS 'when every connection had caught up, and what came until then was decided';

-- receive ------------------------------------------------------------------------------------

CREATE SEQUENCE fence;

CREATE TABLE delivery (
    delivery_id   bigint GENERATED ALWAYS AS IDENTITY,
    received_at   timestamptz NOT NULL,
    company_id    integer NOT NULL,
    connection_id integer NOT NULL,
    source        text NOT NULL,
    topic         text NOT NULL,
    message_key   text COLLATE "C" NOT NULL,
    duplicate     boolean NOT NULL,
    headers       bytea NOT NULL,
    body          bytea NOT NULL,
    PRIMARY KEY (received_at, delivery_id)
) PARTITION BY RANGE (received_at);
-- bodies up to 8 kB stay in their row: half the writing of a webhook log that is hardly ever read
CREATE TABLE delivery_default PARTITION OF delivery DEFAULT WITH (toast_tuple_target = 8160);
CREATE INDEX delivery_by_key ON delivery (connection_id, message_key);
ALTER TABLE delivery ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN headers SET STORAGE MAIN;

CREATE TABLE message (
    message_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id    integer NOT NULL,
    connection_id integer NOT NULL,
    message_key   text COLLATE "C" NOT NULL,
    kind          text NOT NULL,
    work_key      text COLLATE "C" NOT NULL,
    version       text,
    source        text NOT NULL,
    lane          smallint NOT NULL,
    state         text NOT NULL CHECK (state IN ('waiting', 'working', 'done', 'duplicate',
                                                 'stale', 'rejected', 'held', 'dead')),
    received_at   timestamptz NOT NULL,
    delivery_id   bigint NOT NULL,
    ready_at      timestamptz NOT NULL,
    attempts      integer NOT NULL DEFAULT 0,
    released      boolean NOT NULL DEFAULT false,
    duplicate_of  bigint,
    end_code      text,
    end_detail    text,
    ended_at      timestamptz,
    former        jsonb,
    UNIQUE (connection_id, message_key)
) WITH (fillfactor = 80);
COMMENT ON COLUMN message.former IS 'replayed: how it had ended, for the case that nothing changes';
CREATE INDEX message_waiting ON message (lane, message_id) WHERE state = 'waiting';
CREATE INDEX message_open ON message (company_id, work_key) WHERE state IN ('waiting', 'working', 'held', 'dead');
CREATE INDEX message_by_work ON message (company_id, work_key, message_id);
-- rows lie in the order in which they came: a few bytes for many pages find those of a day
CREATE INDEX message_by_time ON message USING brin (received_at);

CREATE TABLE refused_arrival (
    connection_id integer NOT NULL,
    company_id    integer NOT NULL,
    day           date NOT NULL,
    reason        text NOT NULL,
    count         bigint NOT NULL,
    PRIMARY KEY (connection_id, day, reason)
);
COMMENT ON TABLE refused_arrival IS 'arrivals answered 401 or 413: counted, body not stored';

-- apply --------------------------------------------------------------------------------------

CREATE TABLE lease (
    company_id integer NOT NULL,
    work_key   text COLLATE "C" NOT NULL,
    fence      bigint NOT NULL,
    owner      text NOT NULL,
    until      timestamptz NOT NULL,
    PRIMARY KEY (company_id, work_key)
);

CREATE TABLE document (
    company_id    integer NOT NULL,
    work_key      text COLLATE "C" NOT NULL,
    document_type text NOT NULL,
    document_id   text,
    connection_id integer NOT NULL,
    status        text NOT NULL,
    source_version text,
    source_digest  text,
    source_message bigint,
    data          jsonb NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (company_id, work_key)
) WITH (fillfactor = 70);
CREATE INDEX document_by_status ON document (company_id, document_type, status, created_at);
CREATE INDEX document_by_time ON document (company_id, document_type, created_at);

CREATE TABLE identity_claim (
    company_id integer NOT NULL,
    identity   text COLLATE "C" NOT NULL,
    work_key   text COLLATE "C" NOT NULL,
    claimed_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, identity)
);

CREATE TABLE alias (
    company_id integer NOT NULL,
    alias      text NOT NULL,
    work_key   text COLLATE "C" NOT NULL,
    PRIMARY KEY (company_id, alias, work_key)
);
COMMENT ON TABLE alias IS 'any id that belongs to a document, as people and systems know it';

CREATE TABLE event (
    event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id  integer NOT NULL,
    work_key    text COLLATE "C" NOT NULL,
    type        text NOT NULL,
    occurred_at timestamptz NOT NULL,
    message_id  bigint,
    data        jsonb NOT NULL
);
CREATE INDEX event_by_work ON event (company_id, work_key, event_id);

CREATE TABLE hold (
    hold_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id     integer NOT NULL,
    connection_id  integer NOT NULL,
    work_key       text COLLATE "C" NOT NULL,
    message_id     bigint,
    effect_id      bigint,
    kind           text NOT NULL CHECK (kind IN ('held', 'dead')),
    code           text NOT NULL,
    field          text NOT NULL DEFAULT '',
    reason         text NOT NULL,
    fix            text NOT NULL,
    need           text,
    candidates     jsonb NOT NULL DEFAULT '[]',
    value_amount   numeric,
    value_currency text,
    owner          text NOT NULL,
    opened_at      timestamptz NOT NULL,
    closed_at      timestamptz,
    closed_by      text,
    resolution     text
);
CREATE INDEX hold_open ON hold (company_id, code) WHERE closed_at IS NULL;
CREATE INDEX hold_need ON hold (company_id, need) WHERE closed_at IS NULL AND need IS NOT NULL;
CREATE INDEX hold_by_work ON hold (company_id, work_key);
CREATE UNIQUE INDEX hold_once_per_message ON hold (message_id) WHERE closed_at IS NULL AND message_id IS NOT NULL;
CREATE UNIQUE INDEX hold_once_per_connection ON hold (connection_id, code, work_key)
    WHERE closed_at IS NULL AND message_id IS NULL AND effect_id IS NULL;
CREATE UNIQUE INDEX hold_once_per_effect ON hold (effect_id) WHERE closed_at IS NULL AND effect_id IS NOT NULL;

-- deliver ------------------------------------------------------------------------------------

CREATE TABLE effect (
    effect_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id    integer NOT NULL,
    connection_id integer NOT NULL,
    effect_key    text COLLATE "C" NOT NULL,
    operation     text NOT NULL,
    target_key    text COLLATE "C" NOT NULL,
    after_key     text COLLATE "C",
    work_key      text COLLATE "C" NOT NULL,
    message_id    bigint,
    lane          smallint NOT NULL,
    state         text NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'rejected',
                                                 'withdrawn', 'held', 'dead')),
    must_probe    boolean NOT NULL DEFAULT false,
    request       bytea NOT NULL,
    created_at    timestamptz NOT NULL,
    ready_at      timestamptz NOT NULL,
    not_before    timestamptz,
    attempts      integer NOT NULL DEFAULT 0,
    cause         text,
    strikes       integer NOT NULL DEFAULT 0,
    first_sent_at timestamptz,
    last_sent_at  timestamptz,
    fence         bigint,
    owner         text,
    until         timestamptz,
    adopted       boolean NOT NULL DEFAULT false,
    error_code    text,
    error         text,
    ended_at      timestamptz,
    UNIQUE (connection_id, effect_key)
) WITH (fillfactor = 80);
COMMENT ON COLUMN effect.strikes IS 'how often in a row it ended by the same cause';
CREATE INDEX effect_waiting ON effect (connection_id, lane, effect_id) WHERE state = 'waiting';
CREATE INDEX effect_unresolved ON effect (connection_id, target_key, effect_id)
    WHERE state IN ('waiting', 'sending', 'held', 'dead');
CREATE INDEX effect_waiting_for ON effect (connection_id, after_key)
    WHERE state = 'waiting' AND after_key IS NOT NULL;
CREATE INDEX effect_sending ON effect (until) WHERE state = 'sending';
CREATE INDEX effect_by_work ON effect (company_id, work_key, effect_id);
CREATE INDEX effect_by_time ON effect USING brin (created_at);

CREATE TABLE attempt (
    company_id integer NOT NULL,
    effect_id  bigint NOT NULL,
    number     integer NOT NULL,
    purpose    text NOT NULL CHECK (purpose IN ('send', 'probe')),
    worker     text NOT NULL,
    fence      bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    outcome    text,
    detail     text,
    PRIMARY KEY (effect_id, number)
) WITH (fillfactor = 80);

-- sweep --------------------------------------------------------------------------------------

CREATE TABLE stream (
    connection_id integer NOT NULL REFERENCES connection,
    company_id    integer NOT NULL,
    stream        text NOT NULL,
    projection    text,
    max_age_seconds integer,
    cursor        text,
    due_at        timestamptz NOT NULL,
    interval_seconds real NOT NULL,
    fence         bigint,
    owner         text,
    until         timestamptz,
    heard_at      timestamptz,
    as_of         timestamptz,
    last_found    integer,
    last_missed   integer,
    calls         bigint NOT NULL DEFAULT 0,
    failures      integer NOT NULL DEFAULT 0,
    error         text,
    hinted        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (connection_id, stream)
);
COMMENT ON COLUMN stream.hinted IS 'a hint came while the stream was being swept: once more at once';
COMMENT ON COLUMN stream.heard_at IS 'when the sweep in hand began or its last page came';
COMMENT ON COLUMN stream.as_of IS 'the projection holds everything that was committed there before this instant';

CREATE TABLE projection (
    connection_id integer NOT NULL,
    company_id    integer NOT NULL,
    kind          text NOT NULL,
    external_id   text NOT NULL,
    data          jsonb NOT NULL,
    active        boolean NOT NULL,
    seen_at       timestamptz NOT NULL,
    PRIMARY KEY (external_id, kind, connection_id)
);

CREATE TABLE projection_key (
    connection_id integer NOT NULL,
    company_id    integer NOT NULL,
    kind          text NOT NULL,
    key           text NOT NULL,
    external_id   text NOT NULL,
    PRIMARY KEY (key, kind, connection_id, external_id)
);
CREATE INDEX projection_key_by_record ON projection_key (external_id, kind, connection_id);
COMMENT ON TABLE projection_key IS 'what tells records apart stands first in each index: the planner takes it without statistics';

-- governance ---------------------------------------------------------------------------------

CREATE TABLE crosswalk (
    company_id    integer NOT NULL,
    connection_id integer NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN ('sku', 'unit', 'customer', 'ship_to', 'tax')),
    external_code text NOT NULL,
    canonical_code text NOT NULL,
    created_at    timestamptz NOT NULL,
    created_by    text NOT NULL,
    PRIMARY KEY (connection_id, kind, external_code)
);

-- close --------------------------------------------------------------------------------------

CREATE TABLE close_run (
    run_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id     integer NOT NULL,
    day            date NOT NULL,
    scope          text NOT NULL,
    digest         text NOT NULL,
    differences    integer NOT NULL,
    closed_at      timestamptz NOT NULL,
    closed_by      text NOT NULL,
    audit_sequence bigint NOT NULL,
    audit_hash     text NOT NULL,
    result         jsonb NOT NULL
);
CREATE INDEX close_run_by_day ON close_run (company_id, day, scope, run_id);
COMMENT ON COLUMN close_run.scope IS 'the one connection it was limited to; empty for all';

-- row-level security -------------------------------------------------------------------------

CREATE FUNCTION current_companies() RETURNS integer[] STABLE LANGUAGE sql AS
$$ SELECT string_to_array(nullif(current_setting('crossdock.companies', true), ''), ',')::integer[] $$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['principal', 'role_grant', 'api_key', 'audit', 'connection', 'delivery',
                             'message', 'refused_arrival', 'lease', 'document', 'identity_claim',
                             'alias', 'event', 'hold', 'effect', 'attempt', 'stream', 'projection',
                             'projection_key', 'crosswalk', 'close_run']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        -- IS TRUE keeps the planner from taking this filter for a way to find rows
        EXECUTE format('CREATE POLICY own_company ON %I USING ((company_id = ANY ((SELECT current_companies())::integer[])) IS TRUE)', t);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA crossdock TO crossdock_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crossdock TO crossdock_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA crossdock TO crossdock_app;
-- history is append-only, for us too
REVOKE UPDATE, DELETE, TRUNCATE ON event, audit, delivery, close_run FROM crossdock_app;
-- a partition read by its own name would pass by its parent's row-level security
REVOKE ALL ON delivery_default FROM crossdock_app;
