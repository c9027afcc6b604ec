// What was spent, by the sums that are kept of ended records. The records themselves tell what runs, what is left at the
// ends of a span, and what is asked of a single session.

import type { DatabaseSync } from 'node:sqlite';
import type { TimeRange } from '../../core/analytics.ts';
import { facetsOf } from '../../core/tag.ts';
import { NOTHING_SPENT, type ShareSpent, type SpendQuery, type SpentSoFar } from '../../ledger/ports.ts';
import { GONE } from '../moved-spend.ts';
import { spanOf } from '../rollup/grains.ts';
import { SESSION_SPEND_GRAIN_MS, SPEND_GRAINS_MS } from '../rollup/spend-batch.ts';
import { chargedPairs, pairSql } from '../sql/charged-models.ts';
import {
  dearestOf,
  OWED,
  SHARE_COLUMNS,
  shareIn,
  spentIn,
  spentLess,
  spentTogether,
} from '../sql/spent-rows.ts';
import { type Row, Statements } from './statements.ts';

/**
 * A record that is still in flight holds its reservation; one that has ended holds its cost, or what is known of it. It
 * counts for the model that was asked for and for the one that answered; one that knows neither counts for every model.
 * `total` is exact up to 2^53 nano-dollars, about nine million dollars, and never an error.
 */
const SUMS = `
  total(${OWED}) FILTER (WHERE outcome <> 'in_flight') AS cost,
  total(reserved_nano_usd) FILTER (WHERE outcome = 'in_flight') AS reserved,
  COUNT(*) FILTER (WHERE outcome NOT IN ('in_flight', 'refused') AND cost_nano_usd IS NULL) AS unpriced,
  total(max(cost_nano_usd - reserved_nano_usd, 0)) FILTER (WHERE outcome <> 'in_flight') AS overrun`;
/** Of what is summed up already. */
const KEPT_SUMS = `
  total(cost_nano_usd) AS cost, 0 AS reserved, total(unpriced) AS unpriced, total(overrun_nano_usd) AS overrun`;

const scopedBy = (asked: string): string => `
  AND (:app IS NULL OR app = :app)
  AND (:user IS NULL OR user_name = :user)
  AND (:key IS NULL OR access_key = :key)
  AND (:facets IS NULL OR (tag IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM json_each(:facets) WHERE instr(',' || tag || ',', ',' || value || ',') = 0)))
  AND (:models IS NULL
    OR ${pairSql(asked, 'model_used', 'char(10)')} IN (SELECT value FROM json_each(:models)))`;

const IN_SESSION = 'AND (:session IS NULL OR session = :session)';
const SCOPED = `${IN_SESSION} ${scopedBy('COALESCE(model_sent, model_requested)')}`;
const SUM_SCOPED = scopedBy('model_sent');
const DELETED_SCOPED = `${IN_SESSION} ${SUM_SCOPED}`;

/** Each of the two has an index. */
const PAID = `(reserved_at_ms >= :from AND reserved_at_ms < :until
    OR reserved_at_ms IS NULL AND started_at_ms >= :from AND started_at_ms < :until)`;
/** For what another index leads to. */
const PAID_ANY = `coalesce(reserved_at_ms, started_at_ms) >= :from AND coalesce(reserved_at_ms, started_at_ms) < :until`;
const COUNTED = `
  AND (:owner IS NULL OR owner <> :owner OR coalesce(reserved_at_ms, started_at_ms) < :to)
  AND id NOT IN (SELECT value FROM json_each(:unsettled))`;

/** Where records are read, and which: each ends in a condition, for more. */
const FROM = {
  records: `FROM requests WHERE ${PAID} ${SCOPED} ${COUNTED}`,
  session: `FROM requests WHERE session = :session AND ${PAID_ANY} ${SCOPED} ${COUNTED}`,
  running: `FROM requests WHERE outcome = 'in_flight' AND ${PAID_ANY} ${SCOPED} ${COUNTED}`,
  /** That have ended, and are not to be counted: those that the ledger counts by itself. */
  unsettled: `FROM requests WHERE id IN (SELECT value FROM json_each(:unsettled))
    AND outcome <> 'in_flight' AND ${PAID_ANY} ${SCOPED}`,
  late: `FROM requests WHERE ${PAID} AND outcome <> 'in_flight' AND owner = :owner ${SCOPED}
    AND id NOT IN (SELECT value FROM json_each(:unsettled))`,
  deleted: `FROM deleted_spend WHERE paid_at_ms >= :from AND paid_at_ms < :until ${DELETED_SCOPED}`,
  /** Of no request that is on record. */
  gone: `FROM deleted_spend WHERE paid_at_ms >= :from AND paid_at_ms < :until ${DELETED_SCOPED} AND ${GONE}`,
  kept: `FROM spend_sums WHERE grain_ms = :grain AND bucket_ms >= :from AND bucket_ms < :until
    AND key_id IN (SELECT id FROM spend_keys WHERE TRUE ${SUM_SCOPED})`,
  sessions: `FROM spend_sessions WHERE hour_ms >= :from AND hour_ms < :until
    AND key_id IN (SELECT id FROM spend_keys WHERE TRUE ${SUM_SCOPED})`,
} as const;
type Source = keyof typeof FROM;

/** What counts for nothing has no sum, and its models matter to nobody. */
const MODELS = `
SELECT DISTINCT model_sent AS asked, model_used AS answered FROM spend_keys
UNION SELECT coalesce(model_sent, model_requested), model_used FROM requests WHERE outcome = 'in_flight'`;

interface Values extends Row {
  readonly from: number;
  readonly until: number;
}

interface Part {
  readonly source: Source;
  readonly values: Row;
  /** What is taken away again. */
  readonly isLess?: true;
}

/** Where sums are kept, and of which lengths of time. */
interface Kept {
  readonly source: 'kept' | 'sessions';
  readonly grainsMs: readonly number[];
}
const KEPT: Kept = { source: 'kept', grainsMs: SPEND_GRAINS_MS };
const KEPT_OF_SESSIONS: Kept = { source: 'sessions', grainsMs: [SESSION_SPEND_GRAIN_MS] };

export class SqliteSpent {
  readonly #connection: DatabaseSync;
  readonly #owner: string | null;
  readonly #statements: Statements;

  /** `owner`: the process whose records may still come; null for one that lets no request through. */
  constructor(connection: DatabaseSync, owner: string | null) {
    this.#connection = connection;
    this.#owner = owner;
    this.#statements = new Statements(connection);
  }

  /** Of one moment: what ends meanwhile is in flight or in a sum, and never in both or in neither. */
  of(queries: readonly SpendQuery[]): readonly SpentSoFar[] {
    if (this.#connection.isTransaction) return queries.map((query) => this.#spent(query));
    this.#connection.exec('BEGIN');
    try {
      return queries.map((query) => this.#spent(query));
    } finally {
      this.#connection.exec('COMMIT');
    }
  }

  #spent(query: SpendQuery): SpentSoFar {
    const { per = null } = query;
    const values = this.#valuesOf(query);
    const parts = this.#partsOf(query, values, KEPT);
    let spent: Omit<SpentSoFar, 'shares'> = NOTHING_SPENT;
    for (const part of parts) spent = addOf(part)(spent, spentIn(this.#read(part, sumsOf(part.source))[0]));
    if (per === null) return spent;
    const theirs = per === 'session' ? this.#partsOf(query, values, KEPT_OF_SESSIONS) : parts;
    const shares = this.#sharesOf(theirs, SHARE_COLUMNS[per]);
    return { ...spent, shares };
  }

  /** A session comes once for each of its hours, in the order in which they are kept: sorting them would take longer. */
  #sharesOf(parts: readonly Part[], column: string): readonly ShareSpent[] {
    const shares = new Map<string | null, ShareSpent>();
    for (const part of parts) {
      const add = addOf(part);
      for (const row of this.#read(part, eachOf(part.source, column))) {
        const spent = { ...spentIn(row), share: shareIn(row) };
        const known = shares.get(spent.share);
        if (known === undefined && part.isLess !== true) shares.set(spent.share, spent);
        else shares.set(spent.share, add(known ?? { ...NOTHING_SPENT, share: spent.share }, spent));
      }
    }
    return dearestOf([...shares.values()]);
  }

  #partsOf(query: SpendQuery, values: Values, { source: keptIn, grainsMs }: Kept): readonly Part[] {
    const whole = (source: Source): Part => ({ source, values });
    if (query.deletedOnly === true) return [whole('gone')];
    if (values.session !== null) return [whole('session'), whole('deleted')];
    const range = { fromMs: values.from, toMs: values.until };
    const { segments, edges } = spanOf(range, grainsMs, null) ?? { segments: [], edges: [] };
    const kept = segments.map(
      ({ grainMs, fromMs, toMs }): Part => ({
        source: keptIn,
        values: { ...values, grain: grainMs, from: fromMs, until: toMs },
      }),
    );
    const left = edges.flatMap(({ fromMs, toMs }) =>
      (['records', 'deleted'] as const).map(
        (source): Part => ({ source, values: { ...values, from: fromMs, until: toMs } }),
      ),
    );
    return segments.length === 0 ? left : [...kept, ...left, ...this.#besides(query, values, segments)];
  }

  /** What runs is in no sum, and some of what is in them is the ledger's to count. */
  #besides({ unsettledIds }: SpendQuery, values: Values, segments: readonly TimeRange[]): readonly Part[] {
    const range = {
      from: Math.min(...segments.map(({ fromMs }) => fromMs)),
      until: Math.max(...segments.map(({ toMs }) => toMs)),
    };
    const lateFrom = Math.max(range.from, Number(values.to));
    const isLate = values.owner !== null && lateFrom < range.until;
    return [
      { source: 'running', values: { ...values, ...range } },
      ...(unsettledIds.length === 0
        ? []
        : [{ source: 'unsettled', values: { ...values, ...range }, isLess: true } as const]),
      ...(isLate
        ? [{ source: 'late', values: { ...values, ...range, from: lateFrom }, isLess: true } as const]
        : []),
    ];
  }

  #valuesOf({ scope, fromMs, toMs, unsettledIds, own }: SpendQuery): Values {
    const exactly = (ms: number): number => Math.min(ms, Number.MAX_SAFE_INTEGER);
    const { model } = scope;
    const models = model === null ? null : chargedPairs(model, this.#statements.all(MODELS));
    return {
      from: fromMs,
      until: exactly(own?.untilMs ?? toMs),
      to: exactly(toMs),
      owner: own === undefined ? null : this.#owner,
      unsettled: JSON.stringify(unsettledIds),
      app: scope.app,
      user: scope.user ?? null,
      session: scope.session ?? null,
      key: scope.key ?? null,
      facets: scope.tag === null ? null : JSON.stringify(facetsOf(scope.tag)),
      models: models && JSON.stringify(models),
    };
  }

  /** A statement takes the values that it names, and no others. */
  #read({ source, values }: Part, sql: string): Row[] {
    const asked = (NAMES.get(source) ?? []).map((name) => [name, values[name] ?? null] as const);
    return this.#statements.of(sql).all(Object.fromEntries(asked)) as Row[];
  }
}

const addOf = ({ isLess }: Part): typeof spentTogether => (isLess === true ? spentLess : spentTogether);

const OF_SUMS: ReadonlySet<Source> = new Set(['kept', 'sessions', 'deleted', 'gone']);
const isOfRecords = (source: Source): boolean => !OF_SUMS.has(source);

const sumsOf = (source: Source): string => `SELECT ${isOfRecords(source) ? SUMS : KEPT_SUMS} ${FROM[source]}`;

function eachOf(source: Source, column: string): string {
  const whose = source === 'kept' ? `(SELECT ${column} FROM spend_keys WHERE id = key_id)` : column;
  const each = source === 'sessions' ? 'hour_ms, session' : 'whose';
  return `SELECT ${whose} AS whose, ${isOfRecords(source) ? SUMS : KEPT_SUMS} ${FROM[source]} GROUP BY ${each}`;
}

const namesIn = (sql: string): readonly string[] => [
  ...new Set([...sql.matchAll(/:(\w+)/g)].map(([, name = '']) => name)),
];
const NAMES = new Map(Object.entries(FROM).map(([source, sql]) => [source, namesIn(sql)]));
