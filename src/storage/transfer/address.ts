// A store by its address: a folder, a PostgreSQL URL, or an Oracle one.

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import type { StoreSettings } from '../store.ts';

export interface StoreAddress {
  /** For people: without a password. */
  readonly name: string;
  /** The folder that holds it; null for a database of a server. */
  readonly folder: string | null;
  /** Those that choose it; the data folder is for the spool. */
  settings(dataDir: string): StoreSettings;
}

export const ADDRESS_FORMS =
  'a data folder, its tokenwatch.sqlite, postgres://user:password@host:5432/name, or oracle://user:password@host:1521/service';

/** Oracle's password may be left to `passwordOfOracle`: what is written into a command line can be read by others. */
export function storeAddress(text: string, passwordOfOracle: string): StoreAddress {
  if (/^postgres(?:ql)?:/.test(text)) return postgresAddress(text);
  if (/^oracle:/.test(text)) return oracleAddress(text, passwordOfOracle);
  if (/^(?!sqlite:|file:)[a-z][\w+.-]+:\/\//i.test(text)) throw noAddress(text);
  return sqliteAddress(text);
}

function postgresAddress(text: string): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || url.pathname.length < 2) throw noAddress(text);
  return {
    name: shown(url),
    folder: null,
    settings: (dataDir) => ({ TOKENWATCH_DATA_DIR: dataDir, TOKENWATCH_DATABASE_URL: text }),
  };
}

function oracleAddress(text: string, passwordOfOracle: string): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username === '' || url.hostname === '' || url.pathname.length < 2)
    throw noAddress(text);
  const password = url.password === '' ? passwordOfOracle : decodeURIComponent(url.password);
  return {
    name: shown(url),
    folder: null,
    settings: (dataDir) => ({
      TOKENWATCH_DATA_DIR: dataDir,
      TOKENWATCH_ORACLE_USER: decodeURIComponent(url.username),
      TOKENWATCH_ORACLE_PASSWORD: password,
      TOKENWATCH_ORACLE_DSN: `${url.host}${url.pathname}`,
    }),
  };
}

function sqliteAddress(text: string): StoreAddress {
  const path = resolve(text.replace(/^(?:sqlite|file):(?:\/\/)?/, ''));
  if (text === '') throw noAddress(text);
  const isFile = basename(path) === 'tokenwatch.sqlite';
  const folder = isFile ? dirname(path) : path;
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new TokenWatchError(
      'invalid_argument',
      `${folder} is no folder. TokenWatch keeps a folder with a file named tokenwatch.sqlite; name one of the two.`,
    );
  }
  return { name: folder, folder, settings: () => ({ TOKENWATCH_DATA_DIR: folder }) };
}

function shown(url: URL): string {
  const told = new URL(url);
  told.password = '';
  told.search = '';
  return told.href;
}

function noAddress(text: string): TokenWatchError {
  const told = URL.canParse(text) ? shown(new URL(text)) : text;
  return new TokenWatchError('invalid_argument', `"${told}" is no store. Name ${ADDRESS_FORMS}.`);
}
