// What `tokenwatch doctor` says of Oracle Database: a list of checks, each with one question and what its answer means.

import { TokenWatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { StoreSettings } from '../store.ts';
import { addressOf } from './address.ts';
import { EXAMINATION } from './catalogue/examination.ts';
import { MIGRATIONS } from './catalogue/schema.ts';
import { MODEL_PRIVILEGE, PRIVILEGES } from './catalogue/setup.ts';
import { STORE_FACTS } from './catalogue/store-facts.ts';
import { VECTOR_SEARCH } from './catalogue/vector-search.ts';
import { OracleDatabase, placeOf } from './database.ts';
import { openOracleEmbedder } from './embedder.ts';
import { faultOf, oraCodeOf } from './faults.ts';
import type { OracleRow } from './values.ts';

type Found = Omit<Finding, 'subject'>;

interface Check {
  readonly subject: string;
  readonly look: (database: OracleDatabase, nowMs: () => number, settings: StoreSettings) => Promise<Found>;
}

const GB = 1024 ** 3;
const FREE_GB = 12;
const FREE_FULL_SOON_GB = 10;
const CLOCK_OFF_S = 5;
const EXPIRES_SOON_DAYS = 14;
const OLDEST_MAJOR = 23;

const ok = (found: string): Found => ({ verdict: 'ok', found, advice: null });
const note = (found: string, advice: string | null = null): Found => ({ verdict: 'note', found, advice });
const warning = (found: string, advice: string): Found => ({ verdict: 'warning', found, advice });
const fault = (found: string, advice: string): Found => ({ verdict: 'fault', found, advice });

export async function examineOracle(
  settings: StoreSettings,
  nowMs: () => number,
): Promise<readonly Finding[]> {
  let database: OracleDatabase;
  try {
    database = new OracleDatabase(addressOf(settings), 1);
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    return [{ subject: 'settings', ...fault(error.message, 'Set it, and run "tokenwatch doctor" again.') }];
  }
  const findings: Finding[] = [];
  try {
    for (const { subject, look } of CHECKS) {
      findings.push({ subject, ...(await look(database, nowMs, settings).catch(unseen)) });
      // Without a connection nothing else can be asked.
      if (subject === CONNECTION && findings[0]?.verdict === 'fault') break;
    }
  } finally {
    await database.close();
  }
  return findings;
}

const CONNECTION = 'connection';

/** What the user may not see is no fault; any other error is one, with what can be done about it. */
function unseen(error: unknown): Found {
  const said = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const { kind, advice } = faultOf(error);
  if (kind === 'missing' || oraCodeOf(error) === 1031) return note(`this user may not see it (${said})`);
  return fault(said, advice);
}

/** The first row of an answer that always has one. */
function one(rows: readonly OracleRow[]): OracleRow {
  const [row] = rows;
  if (row === undefined) throw new Error('the database answered with no row');
  return row;
}

const CHECKS: readonly Check[] = [
  {
    subject: CONNECTION,
    look: async (database) => {
      await database.rows(EXAMINATION.privileges);
      return ok(placeOf(database.address));
    },
  },
  { subject: 'version', look: async (database) => version(one(await database.rows(EXAMINATION.product))) },
  {
    subject: 'privileges',
    look: async (database) => {
      const rows = await database.rows(EXAMINATION.privileges);
      return privileges(rows.map(({ privilege }) => String(privilege)));
    },
  },
  { subject: 'account', look: async (database) => account(one(await database.rows(EXAMINATION.account))) },
  { subject: 'quota', look: quota },
  { subject: 'room', look: room },
  {
    subject: 'character set',
    look: async (database) => {
      const set = String(one(await database.rows(EXAMINATION.characterSet)).character_set);
      if (set === 'AL32UTF8') return ok(set);
      return warning(set, 'Texts lose what this set does not have. Take a database of AL32UTF8.');
    },
  },
  { subject: 'clock and time zone', look: clock },
  {
    subject: 'vectors',
    look: async (database) => {
      const distance = Number(one(await database.rows(EXAMINATION.distance)).distance);
      if (Math.abs(distance - 1) < 1e-6) return ok('VECTOR_DISTANCE works');
      return fault(
        `VECTOR_DISTANCE of two right angles is ${distance}, not 1`,
        'Ask whoever runs the database.',
      );
    },
  },
  { subject: 'vector memory', look: vectorMemory },
  { subject: 'vector index', look: (database, _nowMs, settings) => vectorIndex(database, settings) },
  { subject: 'model', look: (database, nowMs, settings) => model(database, nowMs, settings) },
  { subject: 'tables', look: tables },
];

function version({ product, version: full }: OracleRow): Found {
  const said = `${String(product).trim()} ${String(full)}`;
  if (Number(String(full).split('.')[0]) >= OLDEST_MAJOR) return ok(said);
  return fault(said, 'BOOLEAN and VECTOR columns need Oracle Database 23ai or 26ai.');
}

function privileges(held: readonly string[]): Found {
  const lacking = PRIVILEGES.filter((privilege) => !held.includes(privilege));
  if (lacking.length > 0)
    return fault(
      `this user lacks ${lacking.join(' and ')}`,
      `As a DBA: GRANT ${lacking.join(', ')} TO the user ("tokenwatch oracle setup --print").`,
    );
  const needed = [...PRIVILEGES, MODEL_PRIVILEGE];
  const more = held.filter(
    (privilege) => !needed.includes(privilege) && / ANY |SYSDBA|GRANT/.test(privilege),
  );
  if (more.length === 0) return ok(held.filter((privilege) => needed.includes(privilege)).join(', '));
  return warning(
    `more than it needs: ${more.slice(0, 5).join(', ')}${more.length > 5 ? ` and ${more.length - 5} more` : ''}`,
    'Give TokenWatch a user of its own: "tokenwatch oracle setup".',
  );
}

function account({ days_left: days }: OracleRow): Found {
  if (days === null || Number(days) > EXPIRES_SOON_DAYS)
    return ok(days === null ? 'its password does not expire' : `its password expires in ${days} days`);
  return warning(
    Number(days) < 0 ? 'its password has expired' : `its password expires in ${days} days`,
    'ALTER USER … IDENTIFIED BY a new one, or a profile with PASSWORD_LIFE_TIME UNLIMITED; then TOKENWATCH_ORACLE_PASSWORD.',
  );
}

async function quota(database: OracleDatabase): Promise<Found> {
  const { default_tablespace: tablespace } = one(await database.rows(EXAMINATION.account));
  const rows = await database.rows(EXAMINATION.quotas);
  const held = await database.rows(EXAMINATION.privileges);
  const row = rows.find(({ tablespace_name: name }) => name === tablespace);
  const grant = `As a DBA: ALTER USER … QUOTA UNLIMITED ON ${String(tablespace)}.`;
  if (row === undefined) {
    if (held.some(({ privilege }) => privilege === 'UNLIMITED TABLESPACE'))
      return ok(`${String(tablespace)} without a limit`);
    return fault(`none on ${String(tablespace)}: nothing can be stored (ORA-01950)`, grant);
  }
  if (Number(row.max_bytes) < 0) return ok(`${String(tablespace)} without a limit`);
  const said = `${gigabytes(row.bytes)} of ${gigabytes(row.max_bytes)} on ${String(tablespace)}`;
  if (Number(row.bytes) < Number(row.max_bytes) * 0.9) return ok(said);
  return warning(`${said} is taken`, `It ends in ORA-01536. ${grant}`);
}

async function room(database: OracleDatabase): Promise<Found> {
  const { bytes } = one(await database.rows(STORE_FACTS.bytes));
  const { product } = one(await database.rows(EXAMINATION.product));
  const said = `the tables take ${gigabytes(bytes)}`;
  if (!/\bfree\b/i.test(String(product))) return ok(said);
  const limit = `Oracle Database Free holds ${FREE_GB} GB in all, with 2 cores and 2 GB of memory`;
  if (Number(bytes) < FREE_FULL_SOON_GB * GB) return note(`${said}; ${limit}`);
  return warning(
    `${said}; ${limit} (ORA-12954 beyond)`,
    'Store fewer prompts, delete records ("tokenwatch reset"), or take another edition.',
  );
}

async function clock(database: OracleDatabase, nowMs: () => number): Promise<Found> {
  const before = nowMs();
  const row = one(await database.rows(EXAMINATION.clock));
  const here = (before + nowMs()) / 2000;
  const off = Math.round(Number(row.seconds) - here);
  const zones = `the session's zone is ${String(row.session_zone)}, the server's ${String(row.server_zone)}`;
  if (row.session_zone !== '+00:00')
    return fault(zones, 'Sessions are to be in UTC: ALTER SESSION SET TIME_ZONE was not taken.');
  if (Math.abs(off) <= CLOCK_OFF_S) return ok(`${zones}; the clocks agree`);
  return warning(
    `the database's clock is ${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} this machine's; ${zones}`,
    'Set both by NTP: days and windows of budgets are told by this machine’s clock.',
  );
}

async function vectorMemory(database: OracleDatabase): Promise<Found> {
  const bytes = Number(one(await database.rows(EXAMINATION.vectorMemory)).memory_bytes);
  if (bytes > 0) return ok(`${(bytes / 1024 ** 2).toFixed(0)} MiB`);
  return note(
    'none; the exact search needs none',
    'An in-memory vector index (ORA-51962 without) would: ALTER SYSTEM SET VECTOR_MEMORY_SIZE = 512M SCOPE = SPFILE, then a restart.',
  );
}

async function vectorIndex(
  database: OracleDatabase,
  { TOKENWATCH_ORACLE_VECTOR_INDEX: wanted = 'none' }: StoreSettings,
): Promise<Found> {
  const [index] = await database.rows(VECTOR_SEARCH.index);
  if (index === undefined) {
    if (wanted === 'none') return ok('none is asked for; similar prompts are compared one by one, exactly');
    return warning(
      `TOKENWATCH_ORACLE_VECTOR_INDEX is ${wanted}, and there is none`,
      'The first look for a similar prompt makes it, or "tokenwatch cache stats" says why not.',
    );
  }
  const said = `${String(index.index_name)}, ${String(index.status)}`;
  if (wanted === 'none')
    return note(
      `${said}; TOKENWATCH_ORACLE_VECTOR_INDEX is none, so that nothing uses it`,
      `DROP INDEX ${String(index.index_name)} frees its memory.`,
    );
  if (index.status === 'VALID') return ok(said);
  return warning(said, `DROP INDEX ${String(index.index_name)}: the next start makes it again.`);
}

async function model(database: OracleDatabase, nowMs: () => number, settings: StoreSettings): Promise<Found> {
  const names = (await database.rows(EXAMINATION.models)).map((row) => String(row.model_name));
  const there = names.length > 0 ? `in the database: ${names.join(', ')}` : 'none is loaded';
  const [, isChosen, wanted = ''] = /^(oracle):?(.*)$/.exec(settings.TOKENWATCH_CACHE_EMBEDDER ?? '') ?? [];
  if (isChosen === undefined) {
    if (names.length > 0) return ok(`${there}; TOKENWATCH_CACHE_EMBEDDER=oracle would embed by it`);
    return note(
      `${there}; prompts are embedded by the proxy`,
      '"tokenwatch oracle setup --model" loads one.',
    );
  }
  try {
    const embedder = await openOracleEmbedder(settings, wanted);
    try {
      const beganMs = nowMs();
      await embedder.embed('What does this take?');
      const { id, dimensions } = embedder;
      return ok(
        `${id.split(':')[1]} makes ${dimensions} numbers of a prompt, in ${Math.round(nowMs() - beganMs)} ms`,
      );
    } finally {
      await embedder.close();
    }
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    return fault(
      `${error.message} (${there})`,
      'Load a model ("tokenwatch oracle setup --model"), or set TOKENWATCH_CACHE_EMBEDDER to another embedder.',
    );
  }
}

async function tables(database: OracleDatabase): Promise<Found> {
  let made: number;
  try {
    made = await database.version();
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    return fault(error.message, 'Update TokenWatch.');
  }
  if (made === 0) return note('none yet: the first "tokenwatch start" makes them');
  const [row] = await database.rows(EXAMINATION.partitioned);
  const parts = row?.partitioned === 'YES' ? 'partitioned by day' : 'not partitioned';
  if (made === MIGRATIONS.length) return ok(`of version ${made}, ${parts}`);
  return note(
    `of version ${made}; this TokenWatch makes version ${MIGRATIONS.length} of them when it starts`,
  );
}

const gigabytes = (bytes: unknown): string => `${(Number(bytes) / GB).toFixed(2)} GB`;
