-- The stock ledger: which places there are, and what every source says of them.

CREATE TABLE stock_location (
    location_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id    integer NOT NULL REFERENCES company,
    name          text COLLATE "C" NOT NULL,
    authority     text NOT NULL CHECK (authority IN ('erp', 'warehouse')),
    erp_connection_id       integer REFERENCES connection,
    erp_code                text COLLATE "C",
    warehouse_connection_id integer REFERENCES connection,
    created_at    timestamptz NOT NULL,
    UNIQUE (company_id, name),
    UNIQUE (erp_connection_id, erp_code),
    UNIQUE (warehouse_connection_id),
    CHECK ((erp_connection_id IS NULL) = (erp_code IS NULL)),
    CHECK (CASE authority WHEN 'erp' THEN erp_connection_id ELSE warehouse_connection_id END IS NOT NULL)
);
COMMENT ON COLUMN stock_location.authority IS 'whose count is summed; the other one''s is kept and compared';

CREATE TABLE stock_position (
    company_id    integer NOT NULL,
    connection_id integer NOT NULL,
    place         text COLLATE "C" NOT NULL,
    sku           text COLLATE "C" NOT NULL,
    measure       text COLLATE "C" NOT NULL,
    amount        numeric NOT NULL,
    unit          text NOT NULL,
    as_of         timestamptz NOT NULL,
    work_key      text COLLATE "C" NOT NULL,
    PRIMARY KEY (sku, connection_id, place, measure)
) WITH (fillfactor = 70);
CREATE INDEX stock_position_by_work ON stock_position (work_key, company_id);
COMMENT ON TABLE stock_position IS 'derived from the documents of the sources, and can be rebuilt from them';
COMMENT ON COLUMN stock_position.place IS 'the source''s own name of the place; empty for a warehouse system, which is one';
COMMENT ON COLUMN stock_position.measure IS 'available, a state that is not sold, or what is owed and expected of it';
COMMENT ON COLUMN stock_position.as_of IS 'when it was so, by the source''s own clock';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['stock_location', 'stock_position']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_company ON %I USING ((company_id = ANY ((SELECT current_companies())::integer[])) IS TRUE)', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO crossdock_app', t);
    END LOOP;
END $$;

GRANT USAGE ON ALL SEQUENCES IN SCHEMA crossdock TO crossdock_app;
