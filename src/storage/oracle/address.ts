// Where the Oracle store is, by its settings: a missing one is named.

import { TokenWatchError } from '../../core/errors.ts';
import type { StoreSettings } from '../store.ts';
import type { OracleAddress } from './database.ts';

export function addressOf(settings: StoreSettings): OracleAddress {
  const {
    TOKENWATCH_ORACLE_DSN: dsn = '',
    TOKENWATCH_ORACLE_USER: user = '',
    TOKENWATCH_ORACLE_PASSWORD: password = '',
    TOKENWATCH_DATABASE_URL: url = '',
  } = settings;
  for (const [name, value] of [
    ['TOKENWATCH_ORACLE_USER', user],
    ['TOKENWATCH_ORACLE_PASSWORD', password],
    ['TOKENWATCH_ORACLE_DSN', dsn],
  ] as const) {
    if (value !== '') continue;
    throw new TokenWatchError(
      'invalid_setting',
      `${name} is not set. Oracle Database needs TOKENWATCH_ORACLE_USER and TOKENWATCH_ORACLE_PASSWORD, and TOKENWATCH_ORACLE_DSN where it is not on this machine.`,
    );
  }
  if (url !== '') {
    throw new TokenWatchError(
      'invalid_setting',
      'TOKENWATCH_DATABASE_URL chooses PostgreSQL, and TOKENWATCH_ORACLE_USER chooses Oracle Database: set one of them.',
    );
  }
  return { dsn, user, password };
}
