// What a move reads and writes, table by table. Some columns have names of their own here, for Oracle keeps those words
// to itself.

import { KEY_COLUMNS, PEAK_COLUMNS, SUM_COLUMNS } from '../../rollup/rollup-batch.ts';
import { TRANSFER_TABLES, type TransferTable } from '../../transfer/tables.ts';
import { columnName } from '../reserved-words.ts';
import { COLUMNS as REQUEST_COLUMNS, typeOf as requestType } from './record-sink.ts';
import { type BindType, type BindTypes, type Statement, statement } from './statement.ts';

interface Words {
  /** By the column's name in other stores. */
  readonly names?: Readonly<Record<string, string>>;
  /** Those that are no names, by the same. */
  readonly types: Readonly<Record<string, BindType>>;
  /** Written besides. */
  readonly more?: readonly string[];
}

const numbers = (...columns: readonly string[]): Record<string, BindType> =>
  Object.fromEntries(columns.map((column) => [column, 'number']));
const SUMS = numbers('grain_ms', 'bucket_ms', ...SUM_COLUMNS);
const PEAKS = Object.fromEntries(PEAK_COLUMNS.map((column) => [column, 'float' as const]));
const HISTOGRAMS = { latency: 'json', first_byte: 'json' } as const;

const WORDS: Readonly<Record<string, Words>> = {
  cache_state: { types: { generation: 'number', secret: 'bytes', tier_status: 'long' } },
  prompt_state: { types: { secret: 'bytes' } },
  budgets: { types: { definition: 'json' } },
  budget_kills: { types: { definition: 'json' } },
  rules: { types: { definition: 'json', created_at_ms: 'number' } },
  requests: { types: Object.fromEntries(REQUEST_COLUMNS.map((column) => [column, requestType(column)])) },
  change_counter: { types: numbers('last') },
  ratings: { types: { ...numbers('rating', 'at_ms'), grade: 'float' } },
  budget_notices: {
    types: {
      ...numbers(
        'period_start_ms',
        'threshold',
        'created_at_ms',
        'attempts',
        'next_attempt_ms',
        'delivered_at_ms',
      ),
      url: 'long',
      secret: 'text',
      body: 'long',
      last_error: 'text',
    },
  },
  rollup_keys: { names: { key: 'id' }, types: {} },
  rollup_total: { types: { ...SUMS, ...PEAKS, ...HISTOGRAMS } },
  rollup_dimension: { types: { ...SUMS, ...PEAKS } },
  rollup_keyed: { types: { ...SUMS, ...PEAKS, ...HISTOGRAMS } },
  rollup_session: { types: SUMS },
  rollup_session_keyed: { types: SUMS },
  rollup_lives: { types: numbers('first_ms', 'last_ms', ...SUM_COLUMNS) },
  experiment_spans: { types: numbers('since_ms') },
  experiment_sums: { types: { until_ms: 'number', sums: 'long' } },
  rollup_state: { types: numbers('keyed_minutes_from_ms', 'keyed_six_hours_from_ms') },
  retention_state: { types: numbers('rows_from_ms') },
  deleted_requests: { types: numbers('deleted_at_ms') },
  deleted_spend: { types: numbers('paid_at_ms', 'cost_nano_usd', 'unpriced', 'overrun_nano_usd') },
  cache_answers: {
    names: { key: 'entry_key' },
    types: {
      ...numbers('bytes', 'created_at_ms', 'expires_at_ms', 'last_used_at_ms', 'hits', 'answer_bytes'),
      facts: 'long',
      body: 'bytes',
    },
    more: ['answer_bytes'],
  },
  cache_questions: {
    names: { key: 'entry_key', partition: 'partition_name', text: 'question', vector: 'embedding' },
    types: {
      distance_below: 'float',
      ...numbers('prompts', 'prompts_allowed', 'agreed', 'disagreed'),
      vector: 'vector',
      text: 'long',
    },
  },
  cache_trust: {
    names: { level: 'trust_level' },
    types: numbers(
      'level',
      'checks',
      'disagreed',
      'total_checks',
      'total_disagreed',
      'undecided',
      'changed_at_ms',
    ),
  },
  cache_counts: { names: { count: 'times' }, types: numbers('count') },
  prompt_items: {
    types: {
      ...numbers('started_at_ms', 'turns', 'chain', 'raw_bytes', 'content_bytes'),
      facts: 'long',
      words: 'long',
      content: 'bytes',
    },
    more: ['content_bytes', 'words'],
  },
  prompt_canaries: { types: { canary: 'bytes' } },
  prompt_skips: { names: { count: 'times' }, types: numbers('count') },
  prompt_numberings: { types: { at_ms: 'number', state: 'long' } },
};

const LONG: ReadonlySet<BindType> = new Set(['json', 'long', 'bytes', 'vector']);

export interface TableStatements {
  readonly figures: Statement<Readonly<Record<never, never>>>;
  readonly first: Statement;
  /** Behind the row of the binds `after_…`. */
  readonly next: Statement | null;
  readonly put: Statement;
  readonly clear: Statement<Readonly<Record<never, never>>>;
  /** By the name of other stores, the column here. */
  readonly columns: ReadonlyMap<string, string>;
}

export const putBind = (column: string): string => `in_${column}`;
export const afterBind = (column: string): string => `after_${column}`;

function statementsOf(table: TransferTable): TableStatements {
  const { name, order, sums } = table;
  const { names = {}, types, more = [] } = WORDS[name] ?? { types: {} };
  const typeOf = (column: string): BindType => types[column] ?? 'name';
  const here = (column: string): string => columnName(names[column] ?? column);
  const own = table.columns.filter((column) => !(name === 'rollup_keys' && column === 'key'));
  // Those of long content come last.
  const put = [...(name === 'rollup_keys' ? ['key'] : []), ...own, ...more].toSorted(
    (one, other) => Number(LONG.has(typeOf(one))) - Number(LONG.has(typeOf(other))),
  );
  const binds = (columns: readonly string[], bindOf: (column: string) => string): BindTypes =>
    Object.fromEntries(columns.map((column) => [bindOf(column), typeOf(column)]));
  const keyed = table.isKeyed === true ? KEY_COLUMNS.map((column) => `k.${column} AS key_${column}`) : [];
  const from = table.isKeyed === true ? `${name} t JOIN rollup_keys k ON k.id = t.key_id` : `${name} t`;
  const told = [...table.columns.map((column) => `t.${here(column)}`), ...keyed].join(', ');
  const paged = (where: string): string =>
    order.length === 0
      ? `SELECT ${told} FROM ${from}`
      : `SELECT ${told} FROM ${from} ${where} ORDER BY ${order.map((column) => `t.${here(column)}`).join(', ')}
          FETCH FIRST :how_many ROWS ONLY`;
  // Row by row, for a row of values compares with no other: greater in the first, or the same in it and greater in …
  const behind = order.map((column, index) => {
    const same = order.slice(0, index).map((each) => `t.${here(each)} = :${afterBind(each)}`);
    return `(${[...same, `t.${here(column)} > :${afterBind(column)}`].join(' AND ')})`;
  });
  const limit: BindTypes = order.length === 0 ? {} : { how_many: 'number' };
  const figures = sums.map((sum) => `, TO_CHAR(COALESCE(SUM(${here(sum)}), 0)) AS sum_${sum}`);
  return {
    figures: statement(`SELECT COUNT(*) AS n${figures.join('')} FROM ${name}`),
    first: statement(paged(''), limit),
    next:
      order.length === 0
        ? null
        : statement(paged(`WHERE ${behind.join(' OR ')}`), { ...binds(order, afterBind), ...limit }),
    put: statement(
      order.length === 0
        ? `UPDATE ${name} SET ${put.map((column) => `${here(column)} = :${putBind(column)}`).join(', ')}`
        : `INSERT INTO ${name} (${put.map(here).join(', ')}) VALUES (${put.map((column) => `:${putBind(column)}`).join(', ')})`,
      binds(put, putBind),
    ),
    clear: statement(`DELETE FROM ${name}`),
    columns: new Map(table.columns.map((column) => [column, names[column] ?? column])),
  };
}

export const TRANSFERS: ReadonlyMap<string, TableStatements> = new Map(
  TRANSFER_TABLES.map((table) => [table.name, statementsOf(table)]),
);

export const TRANSFER = {
  inFlight: statement(`SELECT COUNT(*) AS n FROM requests WHERE outcome = 'in_flight'`),
  note: statement('SELECT note FROM data_move'),
  forgetNote: statement('DELETE FROM data_move'),
  putNote: statement('INSERT INTO data_move (note) VALUES (:note)', { note: 'long' }),
};

/** For the catalogue. */
export function transferStatements(): readonly (readonly [string, Statement])[] {
  return [...TRANSFERS].flatMap(([table, { columns: _, ...statements }]) =>
    Object.entries(statements).flatMap(([name, each]): (readonly [string, Statement])[] =>
      each === null ? [] : [[`transfer.${table}.${name}`, each]],
    ),
  );
}
