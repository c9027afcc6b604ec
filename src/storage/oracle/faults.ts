// What Oracle and its driver say when something fails: of which kind it is, and what can be done about it.

/**
 * `taken`: a row is there already. `busy`: the same will do later. `away`: no database answers. `settings`: the user's
 * to mend. `full`: there is no room. `feature`: this database has not got it. `line`: a value that its column does not
 * take.
 */
export type FaultKind =
  | 'taken'
  | 'busy'
  | 'away'
  | 'settings'
  | 'full'
  | 'feature'
  | 'line'
  | 'missing'
  | 'other';

interface Known {
  readonly kind: FaultKind;
  readonly advice: string;
}

const TRY_LATER = 'It is tried again by itself.';
const IS_AWAY =
  'Check that the database runs, and that TOKENWATCH_ORACLE_DSN names its host, port and service (localhost:1521/FREEPDB1).';
const NO_ROOM =
  'Give the user more room: ALTER USER … QUOTA UNLIMITED ON its tablespace, or add to the tablespace.';
const NO_VECTOR_MEMORY =
  'Give the instance vector memory (ALTER SYSTEM SET VECTOR_MEMORY_SIZE = 512M SCOPE = SPFILE, then restart it), or do without a vector index: TokenWatch needs none.';
const OTHER_DIMENSIONS =
  'A vector index takes vectors of one number of dimensions: "tokenwatch cache clear" removes those of another embedder, and DROP INDEX cache_questions_near the index.';
const NO_MODEL =
  'The database has no such model, or this user may not use it: "tokenwatch oracle setup --model" loads one, and "tokenwatch doctor" lists them.';
const BAD_VALUE = 'The value does not fit its column.';

const ORA: Readonly<Record<number, Known>> = {
  1: { kind: 'taken', advice: 'There is one of that name already.' },
  54: { kind: 'busy', advice: TRY_LATER },
  60: { kind: 'busy', advice: TRY_LATER },
  439: { kind: 'feature', advice: 'This edition has not got it; TokenWatch does without.' },
  904: { kind: 'missing', advice: 'The tables are not those of this version. Run "tokenwatch doctor".' },
  942: {
    kind: 'missing',
    advice: 'The tables are not there, or belong to another user. Run "tokenwatch doctor".',
  },
  1017: { kind: 'settings', advice: 'Check TOKENWATCH_ORACLE_USER and TOKENWATCH_ORACLE_PASSWORD.' },
  1031: {
    kind: 'settings',
    advice: 'The user lacks a privilege: "tokenwatch oracle setup --print" shows what it needs.',
  },
  1045: { kind: 'settings', advice: 'GRANT CREATE SESSION to the user.' },
  1400: { kind: 'line', advice: BAD_VALUE },
  1426: { kind: 'line', advice: BAD_VALUE },
  1438: { kind: 'line', advice: BAD_VALUE },
  1536: { kind: 'full', advice: NO_ROOM },
  1652: { kind: 'full', advice: NO_ROOM },
  1653: { kind: 'full', advice: NO_ROOM },
  1654: { kind: 'full', advice: NO_ROOM },
  1658: { kind: 'full', advice: NO_ROOM },
  1691: { kind: 'full', advice: NO_ROOM },
  1722: { kind: 'line', advice: BAD_VALUE },
  1950: { kind: 'full', advice: NO_ROOM },
  2049: { kind: 'busy', advice: TRY_LATER },
  2290: { kind: 'line', advice: BAD_VALUE },
  2291: { kind: 'taken', advice: 'What it belongs to is gone.' },
  3113: { kind: 'away', advice: IS_AWAY },
  3114: { kind: 'away', advice: IS_AWAY },
  3135: { kind: 'away', advice: IS_AWAY },
  8177: { kind: 'busy', advice: TRY_LATER },
  12154: { kind: 'settings', advice: IS_AWAY },
  12170: { kind: 'away', advice: IS_AWAY },
  12505: { kind: 'settings', advice: IS_AWAY },
  12514: { kind: 'away', advice: `The listener knows no such service (yet). ${IS_AWAY}` },
  12516: { kind: 'busy', advice: TRY_LATER },
  12519: { kind: 'busy', advice: TRY_LATER },
  12528: { kind: 'away', advice: `The database is starting. ${IS_AWAY}` },
  12537: { kind: 'away', advice: IS_AWAY },
  12541: { kind: 'away', advice: `Nothing listens there. ${IS_AWAY}` },
  12545: { kind: 'away', advice: IS_AWAY },
  12547: { kind: 'away', advice: IS_AWAY },
  12899: { kind: 'line', advice: BAD_VALUE },
  12954: {
    kind: 'full',
    advice: 'Oracle Database Free holds 12 GB. Delete records ("tokenwatch reset"), or take another edition.',
  },
  14300: { kind: 'line', advice: BAD_VALUE },
  14400: { kind: 'line', advice: BAD_VALUE },
  25408: { kind: 'away', advice: IS_AWAY },
  28000: { kind: 'settings', advice: 'The account is locked: ALTER USER … ACCOUNT UNLOCK.' },
  28001: { kind: 'settings', advice: 'The password has expired: ALTER USER … IDENTIFIED BY a new one.' },
  29833: { kind: 'feature', advice: 'Oracle Text is not installed; stored prompts are searched one by one.' },
  30006: {
    kind: 'busy',
    advice:
      'Another process holds the lock for longer than was waited: a migration runs, or the database is slow.',
  },
  40203: { kind: 'missing', advice: NO_MODEL },
  40284: { kind: 'missing', advice: NO_MODEL },
  49063: { kind: 'feature', advice: OTHER_DIMENSIONS },
  40441: { kind: 'line', advice: BAD_VALUE },
  51902: { kind: 'feature', advice: OTHER_DIMENSIONS },
  51907: { kind: 'feature', advice: NO_VECTOR_MEMORY },
  51908: { kind: 'feature', advice: NO_VECTOR_MEMORY },
  51932: { kind: 'line', advice: OTHER_DIMENSIONS },
  51950: { kind: 'feature', advice: NO_VECTOR_MEMORY },
  51962: { kind: 'feature', advice: NO_VECTOR_MEMORY },
};

/** Of the driver itself. */
const NJS: Readonly<Record<number, Known>> = {
  11: { kind: 'line', advice: BAD_VALUE },
  40: { kind: 'busy', advice: 'All connections are in use for too long.' },
  76: { kind: 'busy', advice: 'All connections are in use, and more wait than may.' },
  123: { kind: 'away', advice: `It took too long to answer. ${IS_AWAY}` },
  500: { kind: 'away', advice: IS_AWAY },
  501: { kind: 'away', advice: IS_AWAY },
  503: { kind: 'away', advice: IS_AWAY },
  510: { kind: 'away', advice: IS_AWAY },
  511: { kind: 'away', advice: IS_AWAY },
  515: { kind: 'settings', advice: IS_AWAY },
  517: { kind: 'settings', advice: IS_AWAY },
  521: { kind: 'away', advice: IS_AWAY },
  518: { kind: 'away', advice: `The listener knows no such service (yet). ${IS_AWAY}` },
};

/** What the driver adds to an error; on its way from another thread only the message is left of it. */
interface DriverFault {
  readonly code?: unknown;
  readonly errorNum?: unknown;
  readonly message?: unknown;
}

/** `ORA-00942`, `NJS-503`. */
function codeOf(error: unknown): string | null {
  const { code, message } = (error ?? {}) as DriverFault;
  const found = [code, message].map((text) => /^(?:ORA|NJS)-\d+(?=:|$)/.exec(String(text))?.[0]);
  return found.find((each) => each !== undefined) ?? null;
}

const numberIn = (code: string | null, prefix: string): number | null =>
  code?.startsWith(`${prefix}-`) === true ? Number(code.slice(prefix.length + 1)) : null;

/** Null where it is not Oracle's. */
export function oraCodeOf(error: unknown): number | null {
  const code = numberIn(codeOf(error), 'ORA');
  if (code !== null) return code;
  const { errorNum } = (error ?? {}) as DriverFault;
  return typeof errorNum === 'number' && errorNum > 0 ? errorNum : null;
}

/** A row of the same key is there. */
export const ORA_TAKEN = 1;

/** False where a row of the same key is there; a transaction goes on without this one statement. */
export async function unlessTaken(put: Promise<unknown>): Promise<boolean> {
  try {
    await put;
    return true;
  } catch (error) {
    if (oraCodeOf(error) === ORA_TAKEN) return false;
    throw error;
  }
}

export function faultOf(error: unknown): Known {
  const ora = oraCodeOf(error);
  const known = ora === null ? undefined : ORA[ora];
  if (known !== undefined) return known;
  const njs = numberIn(codeOf(error), 'NJS');
  const driver = njs === null ? undefined : NJS[njs];
  return driver ?? { kind: 'other', advice: 'Run "tokenwatch doctor": it says more.' };
}

/** Whether the fault is a line's own: a value that does not fit, or breaks a rule of the table. */
export function isLinesOwnFault(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) return true;
  const { kind } = faultOf(error);
  return kind === 'line' || kind === 'taken';
}
