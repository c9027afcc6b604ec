// Requests by the time of their start, a table for each day. A unique key of such a table must hold that time: an id
// has one start, so that the two together are as unique as the id; a charge's key, which has no time, is kept in a
// table of its own, where it is unique over all days.

const INDEXES = [
  'requests_change ON requests (change)',
  'requests_started ON requests (started_at_ms)',
  `requests_in_flight ON requests (owner) WHERE outcome = 'in_flight'`,
  'requests_experiment ON requests (experiment, variant) WHERE experiment IS NOT NULL',
  'requests_reserved ON requests (reserved_at_ms) WHERE reserved_at_ms IS NOT NULL',
  'requests_session ON requests (session, started_at_ms) WHERE session IS NOT NULL',
  `requests_unpriced ON requests (started_at_ms) WHERE cost_nano_usd IS NULL AND outcome <> 'in_flight'`,
  'requests_tested_answer ON requests (response_id) WHERE experiment IS NOT NULL AND response_id IS NOT NULL',
];
const KEPT_INDEXES = [
  'started',
  'in_flight',
  'experiment',
  'reserved',
  'session',
  'unpriced',
  'tested_answer',
];

/** Charges follow the requests that took them, whoever writes those: a batch, a move, a deletion. */
const CHARGES = `
CREATE TABLE request_charges (billing_key TEXT PRIMARY KEY, request_id TEXT NOT NULL);
CREATE FUNCTION keep_charges () RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO request_charges SELECT billing_key, id FROM written
      WHERE billing_key IS NOT NULL AND duplicate_of IS NULL AND NOT EXISTS (
        SELECT 1 FROM request_charges c WHERE c.billing_key = written.billing_key AND c.request_id = written.id);
    RETURN NULL;
  END $$;
CREATE FUNCTION drop_charges () RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM request_charges c USING gone WHERE c.billing_key = gone.billing_key AND c.request_id = gone.id;
    RETURN NULL;
  END $$;
INSERT INTO request_charges SELECT billing_key, id FROM requests_before WHERE billing_key IS NOT NULL;
CREATE TRIGGER added_charges AFTER INSERT ON requests
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_charges ();
CREATE TRIGGER changed_charges AFTER UPDATE ON requests
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_charges ();
CREATE TRIGGER gone_charges AFTER DELETE ON requests
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_charges ();
`;

/**
 * What there is becomes the first part, up to the end of this day, as it lies: no row is copied. Rows of a clock that
 * was ahead go to the part of all other times.
 */
export const PARTITION_MIGRATION = `
ALTER TABLE requests RENAME TO requests_before;
ALTER TABLE requests_before DROP CONSTRAINT requests_pkey;
DROP INDEX requests_change, requests_billing;
${KEPT_INDEXES.map((name) => `ALTER INDEX requests_${name} RENAME TO requests_before_${name};`).join('\n')}
CREATE TABLE requests (LIKE requests_before INCLUDING DEFAULTS) PARTITION BY RANGE (started_at_ms);
ALTER TABLE requests ADD PRIMARY KEY (id, started_at_ms);
${INDEXES.map((index) => `CREATE INDEX ${index};`).join('\n')}
CREATE TABLE requests_default PARTITION OF requests DEFAULT;
${CHARGES}
DO $$
DECLARE
  cut bigint := (floor(extract(epoch FROM clock_timestamp()) / 86400)::bigint + 1) * 86400000;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM requests_before) THEN
    DROP TABLE requests_before;
    RETURN;
  END IF;
  WITH late AS (DELETE FROM requests_before WHERE started_at_ms >= cut RETURNING *)
    INSERT INTO requests_default SELECT * FROM late;
  EXECUTE format('ALTER TABLE requests ATTACH PARTITION requests_before FOR VALUES FROM (MINVALUE) TO (%s)', cut);
END $$;
`;
