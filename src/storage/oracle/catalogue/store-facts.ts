// How much is stored, and since when; and how it is emptied.

import { statement } from './statement.ts';

export const STORE_FACTS = {
  /** The days hold what has ended: nothing counts the records one by one. */
  records: statement(
    `SELECT (SELECT COALESCE(SUM(requests), 0) FROM rollup_total WHERE grain_ms = :grain_ms)
        + (SELECT COUNT(*) FROM requests WHERE outcome = 'in_flight') AS records,
        (SELECT MIN(started_at_ms) FROM requests) AS oldest,
        (SELECT MIN(bucket_ms) FROM rollup_total WHERE grain_ms = :grain_ms) AS oldest_day,
        (SELECT rows_from_ms FROM retention_state) AS rows_from FROM dual`,
    { grain_ms: 'number' },
  ),
  /** What the tables take of the tablespace: those of this user, who may see no other. */
  bytes: statement('SELECT COALESCE(SUM(bytes), 0) AS bytes FROM user_segments'),
  deleteEnded: statement(`DELETE FROM requests WHERE outcome <> 'in_flight'`),
  deleteRatings: statement(
    'DELETE FROM ratings WHERE NOT EXISTS (SELECT 1 FROM requests WHERE requests.id = ratings.request_id)',
  ),
};
