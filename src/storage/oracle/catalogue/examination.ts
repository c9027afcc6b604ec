// What `tokenwatch doctor` asks the database: its own dictionary, as far as an ordinary user may see it.

import { statement } from './statement.ts';

export const EXAMINATION = {
  product: statement(
    `SELECT product, version_full AS version FROM product_component_version WHERE product LIKE 'Oracle%'`,
  ),
  privileges: statement('SELECT privilege FROM session_privs ORDER BY privilege'),
  /** Null days where the password does not expire. */
  account: statement('SELECT default_tablespace, FLOOR(expiry_date - SYSDATE) AS days_left FROM user_users'),
  /** A maximum of -1 is none. */
  quotas: statement('SELECT tablespace_name, bytes, max_bytes FROM user_ts_quotas'),
  characterSet: statement(
    `SELECT value AS character_set FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'`,
  ),
  /** Seconds since 1970 by the database's clock, and the zones of the session and of the server. */
  clock: statement(
    `SELECT ROUND((CAST(SYS_EXTRACT_UTC(SYSTIMESTAMP) AS DATE) - TO_DATE('1970-01-01', 'YYYY-MM-DD')) * 86400) AS seconds,
        TO_CHAR(CURRENT_TIMESTAMP, 'TZH:TZM') AS session_zone, TO_CHAR(SYSTIMESTAMP, 'TZH:TZM') AS server_zone FROM dual`,
  ),
  distance: statement(
    `SELECT VECTOR_DISTANCE(TO_VECTOR('[1, 0]'), TO_VECTOR('[0, 1]'), COSINE) AS distance FROM dual`,
  ),
  /** Only who may see the instance's parameters gets an answer. */
  vectorMemory: statement(
    `SELECT TO_NUMBER(value) AS memory_bytes FROM v$parameter WHERE name = 'vector_memory_size'`,
  ),
  partitioned: statement(`SELECT partitioned FROM user_tables WHERE table_name = 'REQUESTS'`),
  models: statement(
    `SELECT model_name FROM user_mining_models WHERE mining_function = 'EMBEDDING' ORDER BY model_name`,
  ),
};
