// The parts of the table of requests: one for each day, made some days ahead, and before the first request of a day
// that nobody foresaw. What fits none of them lies in the part of all other times. A question that names no time locks
// every part and its indexes: where the server has room for no more of them, a part is made for a month.

import type { Asked, PostgresDatabase } from './database.ts';

export const DAY_MS = 24 * 3_600_000;
/** "TWPART": whoever makes or drops a part holds it. */
const PARTITION_LOCK = 0x54_57_50_41_52_54;
const DAYS_AHEAD = 3;
/** A clock that is further off makes no parts. */
const AHEAD_MAX_DAYS = 7;
const PAST_MAX_DAYS = 400;
/** A part with its indexes, and how many questions may ask all of them at once. */
const LOCKS_EACH = 10;
const QUESTIONS_AT_ONCE = 8;
const PARTS_MIN = 40;
const PARTS_MAX = 1000;
/** More rows of a day in the part of all other times are not moved: it would hold up who writes. */
const MOVED_MAX = 20_000;
const LEFT_MAX = 10_000;

export interface Partition {
  readonly name: string;
  /** Minus infinity for what was there before parts were. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PartitionLimits {
  readonly pastMaxDays: number;
  /** Null: by the server's own. */
  readonly partsMax: number | null;
}

export class DayPartitions {
  readonly #database: PostgresDatabase;
  readonly #limits: PartitionLimits;
  #known: readonly Partition[] = [];
  /** Days that have none, and get none. */
  readonly #left = new Set<number>();

  constructor(
    database: PostgresDatabase,
    limits: PartitionLimits = { pastMaxDays: PAST_MAX_DAYS, partsMax: null },
  ) {
    this.#database = database;
    this.#limits = limits;
  }

  /** Of today and the next days, by the database's clock. */
  async makeAhead(): Promise<void> {
    const today = await todayOf(this.#database);
    this.#left.clear();
    await this.#make(Array.from({ length: DAYS_AHEAD + 1 }, (_, index) => today + index));
  }

  /** Where that cannot be done now, the requests lie in the part of all other times. */
  async makeFor(moments: readonly number[]): Promise<void> {
    const days = new Set(moments.filter(Number.isSafeInteger).map((ms) => Math.floor(ms / DAY_MS)));
    const missing = [...days].filter((day) => !this.#left.has(day) && !isCovered(this.#known, day));
    if (missing.length === 0) return;
    if (this.#left.size > LEFT_MAX) this.#left.clear();
    for (const day of missing) this.#left.add(day);
    await this.#make(missing);
  }

  async #make(days: readonly number[]): Promise<void> {
    this.#known = await this.#database.transaction(async (asked) => {
      await lockPartitions(asked);
      const today = await todayOf(asked);
      const partsMax = this.#limits.partsMax ?? (await partsMaxOf(asked));
      const known = [...(await partitionsOf(asked))];
      for (const day of days.toSorted((one, other) => one - other)) {
        const range = rangeFor(day, known, partsMax);
        const isNear = day <= today + AHEAD_MAX_DAYS && day >= today - this.#limits.pastMaxDays;
        // Room for the days to come.
        const hasRoom = day >= today || known.length < partsMax / 2;
        if (range !== null && isNear && hasRoom && (await attach(asked, range))) known.push(range);
      }
      return known;
    });
  }
}

/** Nobody writes requests meanwhile, or makes or drops parts; readers in their way are not waited for long. */
export async function lockPartitions(asked: Asked): Promise<void> {
  await asked.run(`SET LOCAL lock_timeout = '2s'`);
  await asked.run('SELECT pg_advisory_xact_lock(?)', [PARTITION_LOCK]);
  await asked.rows('SELECT last FROM change_counter FOR UPDATE');
}

/** Without that of all other times; the oldest first. */
export async function partitionsOf(asked: Asked): Promise<readonly Partition[]> {
  const rows = await asked.rows(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits
     JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'requests'::regclass`,
  );
  const partitions = rows.flatMap(({ name, bounds }): Partition[] => {
    const found = /FROM \((MINVALUE|'?-?\d+'?)\) TO \('?(-?\d+)'?\)/.exec(String(bounds));
    if (found === null) return [];
    const [, from = '', to] = found;
    const fromMs = from === 'MINVALUE' ? Number.NEGATIVE_INFINITY : Number(from.replaceAll("'", ''));
    return [{ name: String(name), fromMs, toMs: Number(to) }];
  });
  return partitions.sort((one, other) => one.toMs - other.toMs);
}

function isCovered(partitions: readonly Partition[], day: number): boolean {
  return partitions.some(({ fromMs, toMs }) => fromMs <= day * DAY_MS && day * DAY_MS < toMs);
}

/** Null where the day has one. */
function rangeFor(day: number, known: readonly Partition[], partsMax: number): Partition | null {
  if (isCovered(known, day)) return null;
  const fromMs = day * DAY_MS;
  const date = new Date(fromMs);
  const compact = date.toISOString().slice(0, 10).replaceAll('-', '');
  if (known.length < partsMax) return { name: `requests_${compact}`, fromMs, toMs: fromMs + DAY_MS };
  const monthEndMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const later = known.map((each) => each.fromMs).filter((ms) => ms > fromMs);
  return { name: `requests_${compact}_on`, fromMs, toMs: Math.min(monthEndMs, ...later) };
}

/** False where too much of that time lies in the part of all other times. */
async function attach(asked: Asked, { name, fromMs, toMs }: Partition): Promise<boolean> {
  const inside = `FROM requests_default WHERE started_at_ms >= ${fromMs} AND started_at_ms < ${toMs}`;
  const [row] = await asked.rows(
    `SELECT count(*) AS n FROM (SELECT 1 ${inside} LIMIT ${MOVED_MAX + 1}) AS some_rows`,
  );
  if (Number(row?.n) > MOVED_MAX) return false;
  await asked.run(`CREATE TABLE ${name} (LIKE requests INCLUDING DEFAULTS)`);
  await asked.run(`WITH moved AS (DELETE ${inside} RETURNING *) INSERT INTO ${name} SELECT * FROM moved`);
  await asked.run(`ALTER TABLE requests ATTACH PARTITION ${name} FOR VALUES FROM (${fromMs}) TO (${toMs})`);
  return true;
}

async function todayOf(asked: Asked): Promise<number> {
  const [row] = await asked.rows('SELECT floor(extract(epoch FROM clock_timestamp()) / 86400) AS day');
  return Number(row?.day);
}

/** What the server's table of locks has room for. */
async function partsMaxOf(asked: Asked): Promise<number> {
  const [row] = await asked.rows(`SELECT current_setting('max_locks_per_transaction')::bigint
    * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS locks`);
  const room = Math.floor(Number(row?.locks) / LOCKS_EACH / QUESTIONS_AT_ONCE);
  return Math.min(PARTS_MAX, Math.max(PARTS_MIN, room));
}
