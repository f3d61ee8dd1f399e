-- Tells something to people: SELECT changecast.notify('user:42', 'notification', '{"title": "Hello"}');
-- Delivered by a source with "mode: trigger" and "messages: true", with the transaction's changes, or not at all when that
-- is rolled back. Nothing can be told outside the transaction in this mode.
CREATE OR REPLACE FUNCTION changecast.notify(
    "to" text,                           -- broadcast, user:<id>, role:<role> or room:<name>
    type text,                           -- notification, broadcast, data_update, chat, or a name of your own
    content jsonb,
    id text DEFAULT NULL,                -- chosen when none is given
    priority text DEFAULT NULL,          -- high, normal or low
    transactional boolean DEFAULT true)
RETURNS pg_lsn
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT $6 THEN
        RAISE 'with capture by triggers nothing can be told outside the transaction: transactional has to be true'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    INSERT INTO changecast.change (relation, operation, new_row) VALUES (0, 'M',
        jsonb_build_object('to', $1, 'type', $2, 'content', $3, 'id', $4, 'priority', $5)::text);
    IF coalesce(current_setting('changecast.told', true), '') = '' THEN
        PERFORM set_config('changecast.told', 'yes', true);
        PERFORM pg_notify('changecast', '') FROM changecast.installation WHERE asleep;
    END IF;
    RETURN pg_current_wal_insert_lsn();
END
$$;

COMMENT ON FUNCTION changecast.notify IS 'Tells something to people over Changecast, by triggers';

-- Whoever may call it can tell something to anybody: nobody may until you say who.
REVOKE ALL ON FUNCTION changecast.notify FROM PUBLIC;
-- GRANT USAGE ON SCHEMA changecast TO app;
-- GRANT EXECUTE ON FUNCTION changecast.notify TO app;
