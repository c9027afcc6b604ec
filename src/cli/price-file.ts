// The user's price file, as commands change it: read whole, written whole, so that a server never sees half of it.

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';
import { foldName } from '../core/model-name.ts';
import { priceFilesOf } from '../pricing/price-files.ts';
import type { PriceRowInput } from '../pricing/row-rates.ts';
import { checkUserPrices, priceRows } from '../pricing/user-prices.ts';
import { makeFolders } from '../runtime/make-folders.ts';
import type { Settings } from '../settings.ts';

/** The one that the settings name, or `prices.json` in the data folder. */
export function userPriceFile({ TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR }: Settings): string {
  return priceFilesOf(TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR).user!;
}

/** Where a fetched list is kept. */
export function fetchedListFile({ TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR }: Settings): string {
  return priceFilesOf(TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR).update!;
}

/** Empty where there is no file yet. */
export function readRowsOf(path: string): Map<string, PriceRowInput> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return new Map();
  return priceRows(readFileSync(path, 'utf8'), `"${path}"`);
}

/** The name under which `model` has a row, in whatever spelling. */
export function rowNameOf(rows: ReadonlyMap<string, PriceRowInput>, model: string): string | undefined {
  return [...rows.keys()].find((name) => foldName(name) === foldName(model));
}

/** Throws where the rows would not be read again. */
export function writeRows(path: string, rows: ReadonlyMap<string, PriceRowInput>): void {
  const text = `${JSON.stringify({ models: Object.fromEntries(rows) }, null, 2)}\n`;
  checkUserPrices(text, `"${path}"`);
  writeWhole(path, text);
}

export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    makeFolders(dirname(path), 0o700);
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TokenWatchError('invalid_argument', `"${path}" cannot be written (${reason}).`, { cause });
  }
}
