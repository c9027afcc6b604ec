// A user's own price file: JSON, checked row by row, so that a slip in it stops the start and not the sums.

import { readFileSync, statSync } from 'node:fs';
import { TokenWatchError } from '../core/errors.ts';
import { foldName } from '../core/model-name.ts';
import { flatPeriods, type PriceEntry } from './price-entry.ts';
import { type PriceRowInput, ROW_FIELDS, rowRates, UNIT_FIELDS } from './row-rates.ts';

export const PRICE_FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Keeps every product of a price and a factor an exact integer; the dearest real model is below $1,000. */
const USD_PER_MILLION_MAX = 100_000;

const FIELDS = Object.keys(ROW_FIELDS);

export interface UserPrices {
  /** By folded name. */
  readonly exact: ReadonlyMap<string, PriceEntry>;
  /** Names with `*`, the one with the most other characters first. */
  readonly patterns: readonly { readonly fits: RegExp; readonly entry: PriceEntry }[];
}

export const NO_USER_PRICES: UserPrices = { exact: new Map(), patterns: [] };

/** Throws `invalid_setting` with the file, the row and what is wrong with it. */
export function readUserPrices(path: string, source: 'user' | 'update' = 'user'): UserPrices {
  const name = source === 'user' ? 'TOKENWATCH_PRICES' : 'price list';
  const fail = failing(`${name}="${path}"`);
  const { text, day } = readFile(path, fail);
  return userPricesOf(text, { fail, day, source });
}

/** Throws like `readUserPrices`, naming the text as `label`. */
export function checkUserPrices(text: string, label: string): UserPrices {
  return userPricesOf(text, { fail: failing(label), day: '', source: 'user' });
}

/** Rows as they are written, by the name as it is written; throws what `readUserPrices` throws. */
export function priceRows(text: string, label: string): Map<string, PriceRowInput> {
  checkUserPrices(text, label);
  return new Map(readRows(text, failing(label)) as [string, PriceRowInput][]);
}

function userPricesOf(
  text: string,
  { fail, day, source }: { fail: Fail; day: string; source: 'user' | 'update' },
): UserPrices {
  const exact = new Map<string, PriceEntry>();
  const patterns: { key: string; entry: PriceEntry }[] = [];
  for (const [name, value] of readRows(text, fail)) {
    const key = foldName(name);
    const row = checkRow(value, (problem) => fail(`models["${name}"] ${problem}`));
    const entry: PriceEntry = {
      model: name,
      provider: null,
      source,
      page: null,
      listDate: day,
      periods: flatPeriods(rowRates(name, row)),
    };
    if (key === '') fail('a model name is empty');
    if (exact.has(key) || patterns.some((pattern) => pattern.key === key)) {
      fail(`models["${name}"] is there twice (case and dots do not tell names apart)`);
    }
    if (key.includes('*')) patterns.push({ key, entry });
    else exact.set(key, entry);
  }
  patterns.sort((a, b) => literalLength(b.key) - literalLength(a.key));
  return { exact, patterns: patterns.map(({ key, entry }) => ({ fits: patternOf(key), entry })) };
}

function failing(label: string): Fail {
  return (problem, cause) => {
    throw new TokenWatchError('invalid_setting', `${label}: ${problem}.`, { cause });
  };
}

type Fail = (problem: string, cause?: unknown) => never;

function readFile(path: string, fail: Fail): { text: string; day: string } {
  try {
    const facts = statSync(path);
    const { size, mtime } = facts;
    // A pipe would be waited for, with everything else.
    if (!facts.isFile()) fail('it is no regular file; give the path of a JSON file with prices');
    if (size > PRICE_FILE_BYTES_MAX) fail(`the file has ${size} bytes, more than ${PRICE_FILE_BYTES_MAX}`);
    return { text: readFileSync(path, 'utf8'), day: mtime.toISOString().slice(0, 10) };
  } catch (cause) {
    if (cause instanceof TokenWatchError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return fail(`cannot be read (${reason}); give "spec" or the path of a JSON file with prices`, cause);
  }
}

function readRows(text: string, fail: Fail): [string, unknown][] {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    return fail(`is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
  if (!isRecord(document) || !isRecord(document.models)) {
    return fail('has no "models" object; the form is {"models": {"name": {"input": 3, "output": 15}}}');
  }
  const stranger = Object.keys(document).find((key) => key !== 'models');
  if (stranger !== undefined) fail(`"${stranger}" is not known at the top; only "models" is`);
  return Object.entries(document.models);
}

function checkRow(value: unknown, fail: Fail): PriceRowInput {
  if (!isRecord(value)) return fail('is not an object like {"input": 3, "output": 15}');
  const known: ReadonlySet<string> = new Set(FIELDS);
  for (const [field, price] of Object.entries(value)) {
    if (!known.has(field)) fail(`has "${field}", which is none of ${FIELDS.join(', ')}`);
    if (typeof price !== 'number' || !(price >= 0 && price <= USD_PER_MILLION_MAX)) {
      fail(
        `has ${field} = ${JSON.stringify(price)}, which is no number of dollars from 0 to ${USD_PER_MILLION_MAX}`,
      );
    }
  }
  const standsAlone = UNIT_FIELDS.some((field) => value[field] !== undefined);
  for (const field of ['input', 'output']) {
    if (value[field] === undefined && !standsAlone)
      fail(`lacks "${field}" ($ per million tokens; 0 where nothing is charged)`);
  }
  return value as unknown as PriceRowInput;
}

function literalLength(pattern: string): number {
  return pattern.replaceAll('*', '').length;
}

function patternOf(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
