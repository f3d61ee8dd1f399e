-- What capture by triggers needs in a database, beside a trigger on each table. It may be run as often as one likes.
CREATE SCHEMA IF NOT EXISTS changecast;

-- Numbers in the order in which rows were written. Without a cache: sessions would draw numbers in advance.
CREATE SEQUENCE IF NOT EXISTS changecast.change_id CACHE 1;

-- One row for each row that was written, until every reader has it. Values are PostgreSQL's own text.
CREATE TABLE IF NOT EXISTS changecast.change (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id int8 NOT NULL DEFAULT nextval('changecast.change_id'),
    relation oid NOT NULL,
    operation "char" NOT NULL,          -- I(nsert), U(pdate), D(elete), T(runcate), M(essage)
    old_row text,
    new_row text,
    PRIMARY KEY (xid, id))
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
          autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000);

-- Moments of the database. A batch is what one of them sees and the one before it does not: PgQ's method.
CREATE TABLE IF NOT EXISTS changecast.tick (
    id int8 PRIMARY KEY,
    snapshot pg_snapshot NOT NULL,
    made timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed boolean NOT NULL);

-- The shapes of tables, each from the tick on in which it was first met.
CREATE TABLE IF NOT EXISTS changecast.shape (
    relation oid NOT NULL,
    tick int8 NOT NULL,
    root oid NOT NULL,                  -- the partitioned table that it is told as, or itself
    namespace text NOT NULL,
    name text NOT NULL,
    columns text[] NOT NULL,
    types oid[] NOT NULL,               -- 0 for virtual generated columns, which triggers do not see
    modifiers int4[] NOT NULL,
    key text[] NOT NULL,
    triggered text NOT NULL,            -- which trigger: one that is made again is another one
    generation int8 NOT NULL,           -- the last tick whose rows may be of two shapes
    certain boolean NOT NULL,           -- whether all rows of this tick are of this shape
    PRIMARY KEY (relation, tick));

-- Who reads, and which tick each has for good.
CREATE TABLE IF NOT EXISTS changecast.reader (
    name text PRIMARY KEY,
    tick int8 NOT NULL,
    seen timestamptz NOT NULL,
    keep interval NOT NULL);

-- Tells this history from others: a restored copy has another place.
CREATE TABLE IF NOT EXISTS changecast.installation (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id uuid NOT NULL,
    version int4 NOT NULL,
    system text NOT NULL,
    database oid NOT NULL,
    change_table oid NOT NULL,
    asleep boolean NOT NULL);

-- What has a trigger now, with its shape now.
CREATE OR REPLACE VIEW changecast.captured AS
SELECT t.tgrelid AS relation,
       r.root,
       n.nspname::text AS namespace,
       c.relname::text AS name,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
       ARRAY(SELECT CASE WHEN a.attgenerated = 'v' THEN 0::oid ELSE a.atttypid END FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS types,
       ARRAY(SELECT a.atttypmod FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS modifiers,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.pg_index i
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
                  AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
             WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
               AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary END
             ORDER BY a.attnum) AS key,
       ARRAY(SELECT DISTINCT a.xmin::text::int8 FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0) AS versions,
       (SELECT p.oid || '.' || p.xmin FROM pg_catalog.pg_trigger p
        WHERE p.tgrelid = r.root AND p.tgname = t.tgname) AS triggered,
       c.relkind = 'p' AS partitioned,
       t.tgenabled = 'A' AS always,
       -- Whether nothing that is written, to the table or to a partition of it, passes by.
       EXISTS (SELECT FROM pg_catalog.pg_trigger x WHERE x.tgrelid = c.oid AND x.tgname = '00_changecast_truncate'
               AND x.tgenabled IN ('A', 'O'))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree(c.oid) leaf
                       WHERE leaf.isleaf AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger x
                           WHERE x.tgrelid = leaf.relid AND x.tgname = t.tgname AND x.tgenabled IN ('A', 'O'))) AS whole
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE WHEN t.tgparentid = 0 THEN t.tgrelid ELSE
    (SELECT a.relid::oid FROM pg_catalog.pg_partition_ancestors(t.tgrelid) a
     JOIN pg_catalog.pg_trigger p ON p.tgrelid = a.relid AND p.tgname = t.tgname AND p.tgparentid = 0 LIMIT 1)
    END AS root) r
WHERE t.tgname = '00_changecast_row' AND t.tgenabled IN ('A', 'O') AND r.root IS NOT NULL;

-- The trigger. The settings are those that the text of values depends on.
CREATE OR REPLACE FUNCTION changecast.capture() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO, YMD'
SET IntervalStyle = 'iso_8601'
SET TimeZone = 'UTC'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET lc_monetary = 'C'
AS $$
BEGIN
    INSERT INTO changecast.change (relation, operation, old_row, new_row)
    VALUES (TG_RELID, left(TG_OP, 1)::"char", OLD::text, NEW::text);
    -- Commits that notify wait for each other, so only the first one after a quiet time does.
    IF coalesce(current_setting('changecast.told', true), '') = '' THEN
        PERFORM set_config('changecast.told', 'yes', true);
        PERFORM pg_notify('changecast', '') FROM changecast.installation WHERE asleep;
    END IF;
    RETURN NULL;
END
$$;

-- Makes a tick, if there is something new or the last one is old, and returns the last one. One at a time, so that
-- each sees what the one before it saw. "given" is a snapshot that was taken while the caller held the lock.
CREATE OR REPLACE FUNCTION changecast.tick(longest interval, given pg_snapshot DEFAULT NULL) RETURNS int8
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    previous changecast.tick;
    here pg_snapshot;
    running xid8[];
    is_changed boolean;
    following int8;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'a tick is made in READ COMMITTED, not in %', current_setting('transaction_isolation');
    END IF;
    PERFORM pg_advisory_xact_lock(1667785070, 1);
    SELECT * INTO previous FROM changecast.tick ORDER BY id DESC LIMIT 1;
    here := coalesce(given, pg_current_snapshot());
    IF given IS NOT NULL AND pg_snapshot_xmax(given) < pg_snapshot_xmax(previous.snapshot) THEN
        RAISE 'the snapshot % was taken before tick %, whose is %', given, previous.id, previous.snapshot;
    END IF;
    IF previous.id IS NULL OR pg_snapshot_xmax(here) < pg_snapshot_xmax(previous.snapshot) THEN
        -- Restored from another place, where transactions had higher numbers.
        PERFORM changecast.renew((SELECT id FROM changecast.installation));
        RETURN (SELECT max(id) FROM changecast.tick);
    END IF;
    running := ARRAY(SELECT pg_snapshot_xip(previous.snapshot));
    is_changed := EXISTS (SELECT FROM changecast.change c
        WHERE (c.xid >= pg_snapshot_xmax(previous.snapshot) OR c.xid = ANY (running))
          AND pg_visible_in_snapshot(c.xid, here));
    IF NOT is_changed AND clock_timestamp() < previous.made + longest THEN
        RETURN previous.id;
    END IF;
    following := previous.id + 1;
    INSERT INTO changecast.tick (id, snapshot, changed) VALUES (following, here, is_changed);
    IF is_changed THEN
        PERFORM changecast.note_shapes(following, previous.snapshot, here);
        UPDATE changecast.installation SET asleep = false WHERE asleep;
        PERFORM pg_notify('changecast', '');
    END IF;
    RETURN following;
END
$$;

-- Keeps the shapes of the tables in a batch where they are new. A table whose shape was changed by a transaction that
-- the tick before did not see may have rows of both shapes in the batch: no one could tell which is which.
CREATE OR REPLACE FUNCTION changecast.note_shapes(following int8, since pg_snapshot, here pg_snapshot) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
    WITH clock AS MATERIALIZED (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8 AS xmax),
    batch AS MATERIALIZED (SELECT DISTINCT c.relation FROM changecast.change c
        WHERE (c.xid >= pg_snapshot_xmax(since) OR c.xid = ANY (ARRAY(SELECT pg_snapshot_xip(since))))
          AND pg_visible_in_snapshot(c.xid, here)),
    roots AS MATERIALIZED (SELECT DISTINCT v.root FROM changecast.captured v JOIN batch b USING (relation)),
    met AS MATERIALIZED (SELECT v.*, NOT EXISTS (SELECT FROM unnest(v.versions) AS version(xid), clock
              -- The numbers in the catalog have 32 bits: the nearest one below the present.
              WHERE NOT pg_visible_in_snapshot(
                  (clock.xmax - ((clock.xmax - version.xid) & 4294967295))::text::xid8, since)) AS sure
        FROM changecast.captured v
        WHERE v.relation IN (SELECT relation FROM batch) OR v.relation IN (SELECT root FROM roots)),
    -- A partition that is met for the first time may have been made in between, and not changed since.
    judged AS (SELECT m.*, bool_and(m.sure OR known.relation IS NULL AND cardinality(m.versions) = 1)
                               OVER (PARTITION BY m.root) AS certain,
                      known.generation AS known_generation,
                      (known.root, known.namespace, known.name, known.columns, known.types, known.modifiers, known.key,
                       known.triggered, known.certain)
                      IS NOT DISTINCT FROM
                      (m.root, m.namespace, m.name, m.columns, m.types, m.modifiers, m.key, m.triggered, true) AS same
        FROM met m
        LEFT JOIN LATERAL (SELECT * FROM changecast.shape s WHERE s.relation = m.relation
                           ORDER BY s.tick DESC LIMIT 1) known ON true)
    INSERT INTO changecast.shape
        (relation, tick, root, namespace, name, columns, types, modifiers, key, triggered, generation, certain)
    SELECT j.relation, following, j.root, j.namespace, j.name, j.columns, j.types, j.modifiers, j.key, j.triggered,
           CASE WHEN j.certain THEN coalesce(j.known_generation, 0) ELSE following END, j.certain
    FROM judged j
    WHERE NOT (j.same AND j.certain);
END
$$;

-- Registers a reader behind a tick, or behind the last one, and returns it; null when that tick has been trimmed.
CREATE OR REPLACE FUNCTION changecast.register(who text, behind int8, keep interval) RETURNS int8
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place int8;
BEGIN
    PERFORM pg_advisory_xact_lock(1667785070, 2);
    SELECT t.id INTO place FROM changecast.tick t WHERE behind IS NULL OR t.id = behind ORDER BY t.id DESC LIMIT 1;
    IF place IS NOT NULL THEN
        INSERT INTO changecast.reader AS r (name, tick, seen, keep) VALUES (who, place, clock_timestamp(), register.keep)
        ON CONFLICT (name) DO UPDATE SET tick = excluded.tick, seen = excluded.seen, keep = excluded.keep;
    END IF;
    RETURN place;
END
$$;

-- A reader has everything up to a tick. False when it is no longer registered.
CREATE OR REPLACE FUNCTION changecast.acknowledge(who text, place int8) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE changecast.reader SET tick = greatest(tick, place), seen = clock_timestamp() WHERE name = who;
    RETURN FOUND;
END
$$;

-- Deletes some of what every reader has. Returns how many rows that were.
CREATE OR REPLACE FUNCTION changecast.trim(step int4) RETURNS int4
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    until int8;
    seen pg_snapshot;
    deleted int4;
BEGIN
    IF NOT pg_try_advisory_xact_lock(1667785070, 2) THEN
        RETURN 0;
    END IF;
    DELETE FROM changecast.reader r WHERE r.seen < clock_timestamp() - r.keep;
    SELECT least(min(r.tick), (SELECT max(id) FROM changecast.tick)) INTO until FROM changecast.reader r;
    SELECT t.snapshot INTO seen FROM changecast.tick t WHERE t.id = until;
    -- Ticks first: where a tick is, all that came after it is, too.
    DELETE FROM changecast.tick t WHERE t.id < until;
    DELETE FROM changecast.shape s WHERE s.tick < until AND EXISTS
        (SELECT FROM changecast.shape l WHERE l.relation = s.relation AND l.tick > s.tick AND l.tick <= until);
    DELETE FROM changecast.change WHERE ctid = ANY (ARRAY(
        SELECT c.ctid FROM changecast.change c
        WHERE c.xid < pg_snapshot_xmax(seen) AND pg_visible_in_snapshot(c.xid, seen) ORDER BY c.xid, c.id LIMIT step));
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

-- Whether nobody looks for changes by himself, so that who writes has to wake somebody.
CREATE OR REPLACE FUNCTION changecast.sleep() RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE changecast.installation SET asleep = true WHERE NOT asleep
$$;

-- Begins another history, since this one is not what it was; unless somebody else has done so.
CREATE OR REPLACE FUNCTION changecast.renew(expected uuid) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1667785070, 1), pg_advisory_xact_lock(1667785070, 2);
    IF NOT EXISTS (SELECT FROM changecast.installation WHERE id IS DISTINCT FROM expected) THEN
        DELETE FROM changecast.change;
        DELETE FROM changecast.shape;
        DELETE FROM changecast.reader;
        DELETE FROM changecast.tick;
        DELETE FROM changecast.installation;
        INSERT INTO changecast.installation (id, version, system, database, change_table, asleep)
        SELECT gen_random_uuid(), 1, (SELECT system_identifier::text FROM pg_control_system()), d.oid,
               'changecast.change'::regclass, false
        FROM pg_database d WHERE d.datname = current_database();
        INSERT INTO changecast.tick (id, snapshot, changed) VALUES (1, pg_current_snapshot(), false);
    END IF;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA changecast FROM PUBLIC;

-- Once: what is there already stays.
SELECT changecast.renew(NULL) WHERE NOT EXISTS (SELECT FROM changecast.installation);
