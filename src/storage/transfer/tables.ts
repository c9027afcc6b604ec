// What a store holds, table by table, as it is moved from one store to another: every table that outlives a process, in
// an order in which each finds what it refers to. Names are those of SQLite and PostgreSQL; Oracle has its own for
// some.

import { KEY_COLUMNS, PEAK_COLUMNS, SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import { COLUMN_NAMES } from '../rows/request-row.ts';

export type TransferValue = string | number | null | Uint8Array;
export type TransferRow = Readonly<Record<string, TransferValue>>;

export interface TransferTable {
  readonly name: string;
  /** Rows are read in the order of these, which tell each from every other. None for a table of one row. */
  readonly order: readonly string[];
  readonly columns: readonly string[];
  /** What is summed up on both sides when all is moved: money first. */
  readonly sums: readonly string[];
  /** Its `key_id` is the store's own number for a key: rows carry the key itself beside it, as `key`. */
  readonly isKeyed?: true;
}

const AT = ['grain_ms', 'bucket_ms'];
const HISTOGRAMS = ['latency', 'first_byte'];
const MONEY = ['cost_nano_usd', 'saved_nano_usd', 'requests'];

/** A table of one row, which is there in an empty store too. */
const single = (name: string, ...columns: readonly string[]): TransferTable => ({
  name,
  order: [],
  columns,
  sums: [],
});

const table = (
  name: string,
  order: readonly string[],
  others: readonly string[],
  sums: readonly string[] = [],
): TransferTable => ({ name, order, columns: [...order, ...others], sums });

export const TRANSFER_TABLES: readonly TransferTable[] = [
  // Secrets come first: what they keep shut cannot be opened without them.
  single('cache_state', 'generation', 'secret', 'tier_status'),
  single('prompt_state', 'secret'),
  table('budgets', ['id'], ['name', 'definition']),
  table('budget_kills', ['id'], ['definition']),
  table('rules', ['kind', 'name'], ['definition', 'created_at_ms']),
  table(
    'requests',
    ['change'],
    ['owner', 'duplicate_of', ...COLUMN_NAMES],
    [
      'cost_nano_usd',
      'list_cost_nano_usd',
      'reported_cost_nano_usd',
      'reserved_nano_usd',
      'saved_nano_usd',
      'prompt_cache_saved_nano_usd',
      'input_tokens',
      'output_tokens',
    ],
  ),
  single('change_counter', 'last'),
  table('ratings', ['request_id'], ['rating', 'at_ms', 'grade', 'judge'], ['rating']),
  table(
    'budget_notices',
    ['id'],
    [
      'budget_id',
      'period_start_ms',
      'threshold',
      'url',
      'secret',
      'body',
      'created_at_ms',
      'attempts',
      'next_attempt_ms',
      'delivered_at_ms',
      'last_error',
    ],
    ['attempts'],
  ),
  // Sums are moved, not made anew: they may be of records that were deleted long ago.
  table('rollup_keys', ['key'], KEY_COLUMNS),
  table('rollup_total', AT, [...SUM_COLUMNS, ...PEAK_COLUMNS, ...HISTOGRAMS], MONEY),
  table('rollup_dimension', ['dimension', ...AT, 'value'], [...SUM_COLUMNS, ...PEAK_COLUMNS], MONEY),
  {
    ...table('rollup_keyed', [...AT, 'key_id'], [...SUM_COLUMNS, ...PEAK_COLUMNS, ...HISTOGRAMS], MONEY),
    isKeyed: true,
  },
  table('rollup_session', [...AT, 'session'], SUM_COLUMNS, MONEY),
  { ...table('rollup_session_keyed', [...AT, 'session', 'key_id'], SUM_COLUMNS, MONEY), isKeyed: true },
  table('rollup_lives', ['session'], ['first_ms', 'last_ms', ...SUM_COLUMNS], MONEY),
  table('experiment_spans', ['experiment'], ['since_ms', 'unit']),
  table('experiment_sums', ['experiment', 'unit', 'until_ms'], ['variant', 'sums']),
  single('rollup_state', 'keyed_minutes_from_ms', 'keyed_six_hours_from_ms'),
  single('retention_state', 'rows_from_ms'),
  table('deleted_requests', ['id'], ['billing_key', 'deleted_at_ms']),
  table(
    'deleted_spend',
    ['id'],
    [
      'paid_at_ms',
      'instance',
      'app',
      'user_name',
      'session',
      'access_key',
      'tag',
      'model_sent',
      'model_used',
      'cost_nano_usd',
      'unpriced',
      'overrun_nano_usd',
    ],
    ['cost_nano_usd', 'unpriced', 'overrun_nano_usd'],
  ),
  table(
    'cache_answers',
    ['key'],
    [
      'facts',
      'protocol',
      'endpoint',
      'model',
      'body',
      'bytes',
      'checksum',
      'created_at_ms',
      'expires_at_ms',
      'last_used_at_ms',
      'hits',
    ],
    ['bytes', 'hits'],
  ),
  table(
    'cache_questions',
    ['key'],
    [
      'partition',
      'body_partition',
      'embedder',
      'text',
      'vector',
      'checksum',
      'distance_below',
      'prompts',
      'prompts_allowed',
      'agreed',
      'disagreed',
    ],
    ['prompts', 'agreed', 'disagreed'],
  ),
  table(
    'cache_trust',
    ['scope'],
    ['level', 'checks', 'disagreed', 'total_checks', 'total_disagreed', 'undecided', 'changed_at_ms'],
    ['total_checks'],
  ),
  table('cache_counts', ['kind', 'name'], ['count'], ['count']),
  table(
    'prompt_items',
    ['id'],
    [
      'started_at_ms',
      'app',
      'tag',
      'session',
      'model',
      'endpoint',
      'turns',
      'turns_digest',
      'facts',
      'base_id',
      'chain',
      'key_id',
      'raw_bytes',
      'content',
    ],
    ['raw_bytes', 'turns'],
  ),
  table('prompt_canaries', ['key_id'], ['canary']),
  table('prompt_skips', ['reason'], ['count'], ['count']),
  table('prompt_numberings', ['app', 'session'], ['state', 'at_ms']),
];
