// First contact with a server: every statement that the store can send is run in a scratch schema, in one transaction
// that is then taken back, and what the server says of each is told. Whoever has a server can show us what we have none
// for.

import { TokenWatchError } from '../../core/errors.ts';
import type { StoreSettings } from '../store.ts';
import { addressOf } from './address.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { EXAMINATION } from './catalogue/examination.ts';
import { RECORD_SINK } from './catalogue/record-sink.ts';
import { MIGRATIONS } from './catalogue/schema.ts';
import type { BindType, Statement } from './catalogue/statement.ts';
import { dropStatements, VERIFICATION } from './catalogue/verification.ts';
import { type Asked, type OracleAddress, OracleDatabase, placeOf, storageFailed } from './database.ts';
import { faultOf, oraCodeOf } from './faults.ts';
import type { Value } from './values.ts';

export { runConformance } from './conformance-process.ts';

export interface StatementResult {
  readonly name: string;
  readonly sql: string;
  readonly ms: number;
  /** What the server said; null where it ran. */
  readonly fault: string | null;
  /** Whether what was said was about our sample values, and the statement itself is understood. */
  readonly isUnderstood: boolean;
}

export interface Verification {
  /** The server's own name and version. */
  readonly server: string;
  readonly place: string;
  readonly migrationMs: number;
  readonly results: readonly StatementResult[];
}

/**
 * A row of that key is there, or its base is not, or a sample value breaks a rule of the table; or no model is loaded.
 */
const ABOUT_VALUES: ReadonlySet<number | null> = new Set([1, 2290, 2291, 1400, 40203, 40284]);
/** What makes tables ran before; what makes users is a DBA's; what drops is run at the end. */
const NOT_RUN = /^(?:schema|setup|verification|database)\./;
/** What makes something ends a transaction: these come behind it. */
const MAKES = /^CREATE /;
const ORA_THERE: ReadonlySet<number | null> = new Set([955, 1408]);

/** Throws where the schema holds anything but an earlier scratch. */
export async function verifyOracle(
  settings: StoreSettings,
  nowMs: () => number,
  tell: (line: string) => void,
): Promise<Verification> {
  const address = addressOf(settings);
  const database = new OracleDatabase(address, 2);
  try {
    await mustBeScratch(database, address);
    const server = await serverOf(database);
    tell(`${server} at ${address.dsn}`);
    await database.run(VERIFICATION.mark);
    const began = nowMs();
    await database.migrate();
    const migrationMs = nowMs() - began;
    tell(`${MIGRATIONS.flat().length} steps made the tables in ${Math.round(migrationMs)} ms`);
    const results = await runAll(database, nowMs);
    return { server, place: placeOf(address), migrationMs, results };
  } catch (error) {
    throw error instanceof TokenWatchError ? error : storageFailed(address, error);
  } finally {
    await database.close();
  }
}

/** Drops what was made; a schema that is no scratch is left alone. */
export async function dropScratch(settings: StoreSettings): Promise<void> {
  const database = new OracleDatabase(addressOf(settings), 2);
  try {
    if (!(await isMarked(database))) return;
    for (const [, statement] of dropStatements()) await database.run(statement, {});
  } finally {
    await database.close();
  }
}

async function mustBeScratch(database: OracleDatabase, address: OracleAddress): Promise<void> {
  if ((await database.version().catch(() => 0)) === 0 || (await isMarked(database))) return;
  throw new TokenWatchError(
    'invalid_argument',
    `The schema of ${placeOf(address)} holds TokenWatch's own tables, which a verification would drop. Give it a user of its own: "TOKENWATCH_ORACLE_USER=TW_SCRATCH tokenwatch oracle setup --print" shows how to make one.`,
  );
}

async function isMarked(database: OracleDatabase): Promise<boolean> {
  return database.rows(VERIFICATION.isMarked).then(
    () => true,
    () => false,
  );
}

async function serverOf(database: OracleDatabase): Promise<string> {
  const [row] = await database.rows(EXAMINATION.product).catch(() => []);
  return row === undefined ? 'a server that does not say its version' : `${row.product} ${row.version}`;
}

/** In one transaction, taken back at its end: a statement that fails takes back itself alone. */
async function runAll(database: OracleDatabase, nowMs: () => number): Promise<readonly StatementResult[]> {
  const results: StatementResult[] = [];
  const [making, all] = splitBy(
    [...(await catalogue())].filter(([name]) => !NOT_RUN.test(name)),
    ([, { sql }]) => MAKES.test(sql),
  );
  const TAKEN_BACK = new Error('all of it is taken back');
  await database
    .transaction(async (asked) => {
      // Where `ROLLBACK TO SAVEPOINT` goes back to, whatever ran between.
      await asked.run(RECORD_SINK.savepoint);
      for (const [name, statement] of all) results.push(await runOne(asked, name, statement, nowMs));
      throw TAKEN_BACK;
    })
    .catch((error: unknown) => {
      if (error !== TAKEN_BACK) throw error;
    });
  for (const [name, statement] of making) results.push(await runOne(database, name, statement, nowMs));
  return results;
}

function splitBy<T>(items: readonly T[], is: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

async function runOne(
  asked: Asked,
  name: string,
  statement: Statement,
  nowMs: () => number,
): Promise<StatementResult> {
  const began = nowMs();
  const values = Object.fromEntries(
    Object.entries(statement.binds).map(([bind, type]) => [bind, SAMPLES[type]]),
  );
  const isQuestion = /^(?:SELECT|WITH)\b/.test(statement.sql);
  const answer = isQuestion ? asked.rows(statement, values) : asked.run(statement, values);
  const fault = await answer.then(
    () => null,
    (error: unknown) => error,
  );
  const said = fault instanceof Error ? (fault.message.split('\n')[0] ?? '') : null;
  const code = oraCodeOf(fault);
  const isAbsent = MAKES.test(statement.sql) && (ORA_THERE.has(code) || faultOf(fault).kind === 'feature');
  const isUnderstood = fault === null || ABOUT_VALUES.has(code) || isAbsent;
  return { name, sql: statement.sql, ms: nowMs() - began, fault: said, isUnderstood };
}

const SAMPLES: Readonly<Record<BindType, Value>> = {
  name: 'x',
  text: 'x',
  long: 'x',
  list: '[[1, 1, "x", "x"]]',
  number: 1,
  float: 0.5,
  boolean: 1,
  json: '{}',
  bytes: new Uint8Array(32).fill(1),
  vector: Float32Array.of(0.6, -0.8),
};
