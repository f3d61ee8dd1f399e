-- The schema stays when there is something else in it, such as a function changecast.notify of your own.
DO $$
BEGIN
    DROP SCHEMA IF EXISTS changecast RESTRICT;
EXCEPTION WHEN dependent_objects_still_exist THEN
    NULL;
END
$$;
