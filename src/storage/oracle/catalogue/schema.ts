// The database's tables, one statement each. A migration is never changed once released; a new one is added behind it.
// Oracle commits each of them by itself, so that a half-made migration is made again from its start: every statement of
// one says what to do where its work is already done.

import { BUDGET_MIGRATION } from './budget-schema.ts';
import { CACHE_MIGRATION } from './cache-schema.ts';
import { EXPERIMENT_SUMS_MIGRATION } from './experiment-sums.ts';
import { FEEDBACK_MIGRATION } from './feedback-schema.ts';
import { LEASE_MIGRATION, MEMBER_LEASES } from './lease-schema.ts';
import { PROMPT_MIGRATION } from './prompt-schema.ts';
import { RETENTION_MIGRATION } from './retention.ts';
import { KEY_SUMS, PEAKS, ROLLUP_MIGRATION, SIX_HOURS } from './rollup-schema.ts';
import { RULE_MIGRATION } from './rule-schema.ts';
import { SEMANTIC_MIGRATION } from './semantic-schema.ts';
import { statement } from './statement.ts';
import { added, type Migration, NAME, step, TEXT } from './step.ts';

const ORA_NOT_LICENSED = 439;
const ORA_NULL_ALREADY = 1451;

const REQUESTS = `
CREATE TABLE IF NOT EXISTS requests (
  id ${NAME} NOT NULL,
  change NUMBER(19) NOT NULL,
  owner ${NAME} NOT NULL,
  started_at_ms NUMBER(19) NOT NULL,
  protocol ${NAME} NOT NULL,
  endpoint ${NAME} NOT NULL,
  method ${NAME} NOT NULL,
  path ${TEXT} NOT NULL,
  model_requested ${NAME},
  upstream ${NAME} NOT NULL,
  streamed BOOLEAN NOT NULL,
  app ${NAME} NOT NULL,
  user_agent ${TEXT},
  "SESSION" ${NAME},
  tag ${NAME},
  outcome ${NAME} NOT NULL,
  status NUMBER(19),
  error_code ${NAME},
  upstream_request_id ${NAME},
  response_id ${NAME},
  model_used ${NAME},
  finish_reason ${NAME},
  time_to_first_byte_ms BINARY_DOUBLE,
  latency_ms BINARY_DOUBLE NOT NULL,
  request_bytes NUMBER(19) NOT NULL,
  response_bytes NUMBER(19) NOT NULL,
  input_tokens NUMBER(19) NOT NULL,
  cache_read_tokens NUMBER(19) NOT NULL,
  cache_write_5m_tokens NUMBER(19) NOT NULL,
  cache_write_1h_tokens NUMBER(19) NOT NULL,
  output_tokens NUMBER(19) NOT NULL,
  reasoning_tokens NUMBER(19) NOT NULL,
  input_audio_tokens NUMBER(19) NOT NULL,
  cache_read_audio_tokens NUMBER(19) NOT NULL,
  output_audio_tokens NUMBER(19) NOT NULL,
  web_searches NUMBER(19) NOT NULL,
  usage_source ${NAME} NOT NULL,
  runs JSON,
  service_tier ${NAME},
  cost_nano_usd NUMBER(19),
  reported_cost_nano_usd NUMBER(19),
  list_cost_nano_usd NUMBER(19),
  price_source ${NAME},
  billing_key ${NAME},
  duplicate_of ${NAME},
  model_sent ${NAME},
  routing_rule ${NAME},
  experiment ${NAME},
  variant ${NAME},
  reserved_nano_usd NUMBER(19),
  reserved_at_ms NUMBER(19),
  cache_use ${NAME},
  saved_nano_usd NUMBER(19),
  upstream_name ${NAME},
  attempts JSON,
  CONSTRAINT requests_pk PRIMARY KEY (id)
)`;
/** The first one holds all that is older than the first of January 2026. */
const BY_DAY = `
PARTITION BY RANGE (started_at_ms) INTERVAL (86400000) (PARTITION requests_before VALUES LESS THAN (1767225600000))`;

const RECORDS: Migration = [
  {
    name: 'requests',
    statement: statement(`${REQUESTS}${BY_DAY}`),
    unless: [ORA_NOT_LICENSED],
    instead: statement(REQUESTS),
  },
  step('requestsStarted', 'CREATE INDEX IF NOT EXISTS requests_started ON requests (started_at_ms)'),
  step('requestsChange', 'CREATE UNIQUE INDEX IF NOT EXISTS requests_change ON requests (change)'),
  // Rows whose columns are all null are in no index.
  step('requestsBilling', 'CREATE UNIQUE INDEX IF NOT EXISTS requests_billing ON requests (billing_key)'),
  step('requestsOutcome', 'CREATE INDEX IF NOT EXISTS requests_outcome ON requests (outcome, owner)'),
  step('requestsTest', 'CREATE INDEX IF NOT EXISTS requests_test ON requests (experiment, variant)'),
  step('requestsReserved', 'CREATE INDEX IF NOT EXISTS requests_reserved ON requests (reserved_at_ms)'),
  step(
    'requestsSession',
    'CREATE INDEX IF NOT EXISTS requests_session ON requests ("SESSION", started_at_ms)',
  ),
  step('requestsAnswer', 'CREATE INDEX IF NOT EXISTS requests_answer ON requests (response_id)'),
  step('changeCounter', 'CREATE TABLE IF NOT EXISTS change_counter (last NUMBER(19) NOT NULL)'),
  step(
    'firstChange',
    'INSERT INTO change_counter (last) SELECT 0 FROM dual WHERE NOT EXISTS (SELECT 1 FROM change_counter)',
  ),
  step(
    'spoolProgress',
    `CREATE TABLE IF NOT EXISTS spool_progress (name ${NAME} PRIMARY KEY, position NUMBER(19) NOT NULL)`,
  ),
];

export const MIGRATIONS: readonly Migration[] = [
  [
    ...RECORDS,
    ...BUDGET_MIGRATION,
    ...RULE_MIGRATION,
    ...CACHE_MIGRATION,
    ...SEMANTIC_MIGRATION,
    ...PROMPT_MIGRATION,
    ...ROLLUP_MIGRATION,
    ...FEEDBACK_MIGRATION,
  ],
  // Why rules that are set did not look at a request, and why a known cost may be off.
  [
    added('requestsUnplanned', `ALTER TABLE requests ADD (unplanned ${TEXT})`),
    added('requestsCostDoubt', `ALTER TABLE requests ADD (cost_doubt ${NAME})`),
  ],
  // Whose request it was, and the access key that it came with.
  [
    added('requestsUser', `ALTER TABLE requests ADD (user_name ${NAME})`),
    added('requestsAccessKey', `ALTER TABLE requests ADD (access_key ${NAME})`),
  ],
  // How far a move into this store has come.
  [step('dataMove', 'CREATE TABLE IF NOT EXISTS data_move (note CLOB NOT NULL)')],
  // What is left of requests that were deleted because they were old.
  RETENTION_MIGRATION,
  // What the provider's prompt cache saved.
  [added('requestsPromptCacheSaved', 'ALTER TABLE requests ADD (prompt_cache_saved_nano_usd NUMBER(19))')],
  // What judges thought of answers: one may be graded and not rated.
  [
    {
      ...step('ratingOptional', 'ALTER TABLE ratings MODIFY (rating NUMBER(19) NULL)'),
      unless: [ORA_NULL_ALREADY],
    },
    added('ratingsGrade', 'ALTER TABLE ratings ADD (grade BINARY_DOUBLE)'),
    added('ratingsJudge', `ALTER TABLE ratings ADD (judge ${NAME})`),
  ],
  [added('rollupKeysAccessKey', `ALTER TABLE rollup_keys ADD (access_key ${NAME})`), ...KEY_SUMS],
  LEASE_MIGRATION,
  PEAKS,
  MEMBER_LEASES,
  // What A/B tests have shown, without a look at their records.
  EXPERIMENT_SUMS_MIGRATION,
  SIX_HOURS,
];
