// Where records lie.

import { FOLDER, formOf, matching, SWITCH, wholeNumber } from './forms.ts';
import { group, setting } from './setting.ts';

const DATABASE_URL = formOf(
  'a postgres:// URL with a database: postgres://user:password@host:5432/name',
  (text) => (text === '' || isPostgres(text) ? text : undefined),
);

const ORACLE_DSN = matching(
  'host:port/service, or a connect descriptor of Oracle Net',
  /^(?:(?:tcps?:)?(?:\/\/)?[\w.[\]:-]+\/[\w.-]+\S*|\(.+\)|[\w.-]+)$/s,
);
const PASSWORD = formOf('a password', (text) => text);
const VECTOR_INDEXES = ['none', 'hnsw', 'ivf'] as const;
const ORACLE_USER = matching('the name of a database user', /^\S*$/);

const VECTOR_INDEX = formOf('none, hnsw or ivf', (text) => VECTOR_INDEXES.find((name) => name === text));

export const RECORDS = group('Records', {
  TOKENWATCH_DATA_DIR: setting(FOLDER, null, 'where the database and the spool lie'),
  TOKENWATCH_RECORD_RETENTION_DAYS: setting(
    wholeNumber(0, 36_500),
    '400',
    'after how many days a request is deleted and only sums are left of it; 0: never',
  ),
  TOKENWATCH_DATABASE_URL: setting(
    DATABASE_URL,
    '',
    'keeps records, rules, budgets and the cache in PostgreSQL, which several proxies may share',
  ),
  TOKENWATCH_REQUIRE_DATABASE: setting(
    SWITCH,
    'false',
    'whether a server ends at its start where its database does not answer, instead of going on without it',
  ),
  TOKENWATCH_ORACLE_USER: setting(
    ORACLE_USER,
    '',
    'keeps all of that in Oracle Database 26ai instead, as this user, together with the next',
  ),
  TOKENWATCH_ORACLE_PASSWORD: setting(PASSWORD, '', 'the user’s password'),
  TOKENWATCH_ORACLE_VECTOR_INDEX: setting(
    VECTOR_INDEX,
    'none',
    'by what Oracle finds similar prompts: none compares one by one, hnsw needs vector memory, ivf does not',
  ),
  TOKENWATCH_ORACLE_DSN: setting(ORACLE_DSN, 'localhost:1521/FREEPDB1', 'where Oracle Database is'),
});

function isPostgres(text: string): boolean {
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  return hostname !== '' && pathname.length > 1;
}
