// Where records lie.

import { FOLDER, formOf } from './forms.ts';
import { group, setting } from './setting.ts';

const DATABASE_URL = formOf(
  'a postgres:// URL with a database: postgres://user:password@host:5432/name',
  (text) => (text === '' || isPostgres(text) ? text : undefined),
);

export const RECORDS = group('Records', {
  TOKENWATCH_DATA_DIR: setting(FOLDER, null, 'where the database and the spool lie'),
  TOKENWATCH_DATABASE_URL: setting(
    DATABASE_URL,
    '',
    'keeps records, rules, budgets and the cache in PostgreSQL, which several proxies may share',
  ),
});

function isPostgres(text: string): boolean {
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  return hostname !== '' && pathname.length > 1;
}
