// A user's own price file: {"models": {"name or pattern*": {"input": 3, "output": 15, …}}} in dollars per million.

import { readFileSync } from 'node:fs';
import { TokenWatchError } from '../core/errors.ts';
import { canonicalModelName } from './model-name.ts';
import type { RateName, Rates } from './rates.ts';

const NAMES: readonly RateName[] = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'inputAudio',
  'cacheReadAudio',
  'outputAudio',
  'webSearch',
];
const PRICE_MAX = 1_000_000;

export class UserPrices {
  readonly #rows: readonly { readonly pattern: RegExp; readonly rates: Rates }[];

  /** Throws `invalid_setting` with the file, the row and what is wrong with it. */
  constructor(path: string) {
    this.#rows = Object.entries(readModels(path)).map(([name, row]) => ({
      pattern: patternOf(name),
      rates: readRates(path, name, row),
    }));
  }

  find(model: string): Rates | null {
    const canonical = canonicalModelName(model);
    const row = this.#rows.find(
      ({ pattern }) => pattern.test(model.toLowerCase()) || pattern.test(canonical),
    );
    return row?.rates ?? null;
  }
}

function fault(path: string, what: string, cause?: unknown): TokenWatchError {
  return new TokenWatchError('invalid_setting', `TOKENWATCH_PRICES: ${path}: ${what}`, { cause });
}

function readModels(path: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw fault(
      path,
      `cannot be read as JSON (${cause instanceof Error ? cause.message : String(cause)}).`,
      cause,
    );
  }
  const models = (document as { models?: unknown } | null)?.models;
  if (typeof models !== 'object' || models === null || Array.isArray(models)) {
    throw fault(path, 'needs a member "models" with one row for each model.');
  }
  return models as Record<string, unknown>;
}

function readRates(path: string, model: string, row: unknown): Rates {
  if (typeof row !== 'object' || row === null) throw fault(path, `the row "${model}" is not an object.`);
  for (const [name, price] of Object.entries(row)) {
    if (!NAMES.includes(name as RateName))
      throw fault(path, `"${model}" has "${name}"; known are ${NAMES.join(', ')}.`);
    if (typeof price !== 'number' || !(price >= 0 && price <= PRICE_MAX)) {
      throw fault(path, `"${model}": ${name} is ${JSON.stringify(price)}, not dollars per million tokens.`);
    }
  }
  return row as Rates;
}

function patternOf(name: string): RegExp {
  const parts = name
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const canonical = canonicalModelName(name).replace(/[+?^${}()|[\]\\]/g, '\\$&');
  return name.includes('*')
    ? new RegExp(`^${parts.join('.*')}$`)
    : new RegExp(`^(?:${parts[0]}|${canonical})$`);
}
