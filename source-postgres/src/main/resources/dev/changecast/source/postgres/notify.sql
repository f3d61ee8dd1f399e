-- Tells something to people: SELECT changecast.notify('user:42', 'notification', '{"title": "Hello"}');
-- Delivered by a source with "messages: true". In a transaction it comes with the transaction's changes, or not at all
-- when that is rolled back; with transactional => false at once, whatever becomes of the transaction.
CREATE SCHEMA IF NOT EXISTS changecast;

CREATE OR REPLACE FUNCTION changecast.notify(
    "to" text,                           -- broadcast, user:<id>, role:<role> or room:<name>
    type text,                           -- notification, broadcast, data_update, chat, or a name of your own
    content jsonb,
    id text DEFAULT NULL,                -- chosen when none is given
    priority text DEFAULT NULL,          -- high, normal or low
    transactional boolean DEFAULT true)
RETURNS pg_lsn
LANGUAGE sql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_logical_emit_message(
        $6,
        'changecast.message',
        jsonb_build_object('to', $1, 'type', $2, 'content', $3, 'id', $4, 'priority', $5)::text)
$$;

COMMENT ON FUNCTION changecast.notify IS 'Tells something to people over Changecast';

-- Whoever may call it can tell something to anybody: nobody may until you say who.
REVOKE ALL ON FUNCTION changecast.notify FROM PUBLIC;
-- GRANT USAGE ON SCHEMA changecast TO app;
-- GRANT EXECUTE ON FUNCTION changecast.notify TO app;
