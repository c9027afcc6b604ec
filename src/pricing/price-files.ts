// The files that prices are read from: the user's own, and a list that was fetched.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { PriceLists } from './price-lookup.ts';
import { specPrices } from './spec-prices.ts';
import { NO_USER_PRICES, readUserPrices } from './user-prices.ts';

export interface PriceFiles {
  /** Null where there is no data folder to look in. */
  readonly user: string | null;
  /** Whether the user named the file: then it must be there. */
  readonly userMustExist: boolean;
  readonly update: string | null;
  readonly usesSpec: boolean;
}

/** `setting` is TOKENWATCH_PRICES: '', `spec`, or the path of the user's JSON file. */
export function priceFilesOf(setting: string, dataDir: string | null): PriceFiles {
  const usesSpec = setting === 'spec';
  const named = setting === '' || usesSpec ? null : setting;
  const inFolder = (name: string) => (dataDir === null ? null : join(dataDir, name));
  return {
    user: named ?? inFolder('prices.json'),
    userMustExist: named !== null,
    update: inFolder('price-list.json'),
    usesSpec,
  };
}

/** Throws `invalid_setting` where a file is faulty, or is not there and should be. */
export function readPriceLists({ user, userMustExist, update, usesSpec }: PriceFiles): PriceLists {
  return {
    user: user === null || !(userMustExist || isThere(user)) ? NO_USER_PRICES : readUserPrices(user),
    update: update === null || !isThere(update) ? NO_USER_PRICES : readUserPrices(update, 'update'),
    spec: usesSpec ? specPrices() : new Map(),
  };
}

/** Changes when one of the files does. */
export function priceFilesMark({ user, update }: PriceFiles): string {
  return [user, update].map(markOf).join(' ');
}

function markOf(path: string | null): string {
  const facts = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
  return facts === undefined ? '-' : `${facts.ino}:${facts.size}:${facts.mtimeMs}`;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
