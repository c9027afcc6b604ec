// The names in a statement against the tables as they are made: a column that no table has is told, and so is a value of a
// type that its column does not take.

import type { BindType, Statement } from '../../src/storage/oracle/catalogue/statement.ts';
import { closingOf, type Token, tokensOf } from '../../src/storage/oracle/tokens.ts';
import { BEFORE_BRACKET, FUNCTIONS, TYPES } from './known-words.ts';
import { partsOf } from './newer-clauses.ts';
import { plainName, type Tables } from './tables.ts';

const SQL = new Set(
  `ACCURACY ALL ALTER AND APPROX AS ASC BETWEEN BY CASE CHAR COLUMNS COSINE CREATE DELETE DESC DISTINCT DUAL ELSE END ESCAPE EXISTS FETCH FIRST FOR FROM
  GROUP HAVING IN INSERT INTO IS JOIN LEFT LIKE MATCHED MERGE NEXT NOT NULL OFFSET ON ONLY OR ORDER OVER PARTITION PATH
  ROLLBACK ROWS SAVEPOINT SELECT SET TARGET THEN TO UNION UPDATE USING VALUES WAIT WHEN WHERE WITH`.split(
    /\s+/,
  ),
);
/** What every user's dictionary has. */
const DICTIONARY: Tables = new Map(
  Object.entries({
    user_segments: ['bytes'],
    product_component_version: ['product', 'version_full'],
    session_privs: ['privilege'],
    user_users: ['default_tablespace', 'expiry_date'],
    user_ts_quotas: ['tablespace_name', 'bytes', 'max_bytes'],
    nls_database_parameters: ['parameter', 'value'],
    v$parameter: ['name', 'value'],
    user_tables: ['table_name', 'partitioned'],
    user_indexes: ['index_name', 'status', 'table_name', 'index_type'],
    user_mining_models: ['model_name', 'mining_function'],
  }).map(([view, columns]) => [
    view,
    new Map(columns.map((column) => [column, { type: 'of the dictionary', isNeeded: false }])),
  ]),
);
/** Functions without brackets. */
const MOMENTS = new Set(['SYSDATE', 'SYSTIMESTAMP', 'CURRENT_TIMESTAMP']);
const DATA = /^(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b/;

/** Names that are neither a table's, nor a column of one that the statement names, nor its own. */
export function unknownNames(sql: string, made: Tables): readonly string[] {
  if (!DATA.test(sql)) return [];
  const tables: Tables = new Map([...made, ...DICTIONARY]);
  const tokens = tokensOf(sql);
  const own = ownNames(tokens);
  const named = tokens.filter((token) => isName(token) && tables.has(plainName(token))).map(plainName);
  const columns = new Set(named.flatMap((table) => [...(tables.get(table)?.keys() ?? [])]));
  const wrong = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    if (!isName(token)) continue;
    const name = plainName(token);
    const word = name.toUpperCase();
    const isCall =
      tokens[at + 1]?.text === '(' && (FUNCTIONS.has(word) || BEFORE_BRACKET.has(word) || TYPES.has(word));
    if (token.kind === 'name' && (SQL.has(word) || MOMENTS.has(word) || isCall || isType(tokens, at)))
      continue;
    if (columns.has(name) || own.has(name) || named.includes(name) || isOfCall(tokens, at)) continue;
    wrong.add(name);
  }
  return [...wrong];
}

/** A part of a moment, as `EXTRACT(DAY FROM …)` names it, or a model; and the word before a moment. */
const isOfCall = (tokens: readonly Token[], at: number): boolean =>
  (tokens[at - 1]?.text === '(' && /^(?:extract|vector_embedding)$/i.test(tokens[at - 2]?.text ?? '')) ||
  (tokens[at]?.text === 'TIMESTAMP' && tokens[at + 1]?.kind === 'text');

const isName = ({ kind }: Token): boolean => kind === 'name' || kind === 'quoted';
/** A type of a column of JSON_TABLE. */
const isType = (tokens: readonly Token[], at: number): boolean =>
  TYPES.has((tokens[at] as Token).text.toUpperCase()) && /^(?:path|\()$/i.test(tokens[at + 1]?.text ?? '');

/** Behind AS; of tables; of the columns of JSON_TABLE; of WITH. */
function ownNames(tokens: readonly Token[]): ReadonlySet<string> {
  const own = new Set<string>(['lines']);
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1]?.text.toUpperCase() ?? '';
    const next = tokens[at + 1]?.text.toUpperCase() ?? '';
    if (!isName(token) || SQL.has(token.text.toUpperCase())) continue;
    const isOfTable =
      (before === ')' || isName(tokens[at - 1] ?? token)) &&
      !SQL.has(before) &&
      !/^[A-Z]+$/.test(tokens[at - 1]?.text ?? '');
    const isOfJson = next === 'NUMBER' || next === 'VARCHAR2';
    if (before === 'AS' || isOfTable || isOfJson || (before === 'WITH' && next === 'AS'))
      own.add(plainName(token));
  }
  return own;
}

const FITTING: Readonly<Record<BindType, RegExp>> = {
  name: /^varchar2 \( 600 char \)/,
  text: /^varchar2 \( (?:600|1000) char \)/,
  long: /^clob/,
  list: /^$/,
  number: /^number/,
  float: /^binary_double/,
  boolean: /^boolean/,
  json: /^json/,
  bytes: /^(?:blob|raw \( 32 \))/,
  vector: /^vector/,
};

/** What is wrong with the values that INSERT and UPDATE give: none for a needed column, or one of another type. */
export function wrongValues({ sql, binds }: Statement, tables: Tables): readonly string[] {
  const tokens = tokensOf(sql);
  const table = tables.get(plainName(tokens[/^INSERT/.test(sql) ? 2 : 1] ?? { kind: 'sign', text: '' }));
  if (table === undefined) return [];
  const given = /^INSERT/.test(sql) ? insertedValues(tokens) : /^UPDATE/.test(sql) ? setValues(tokens) : null;
  if (given === null) return [];
  const wrong: string[] = [];
  for (const [name, value] of given) {
    const column = table.get(name);
    const bind =
      value?.kind === 'bind' ? (binds as Record<string, BindType>)[value.text.slice(1)] : undefined;
    if (column === undefined) wrong.push(`there is no column ${name}`);
    else if (bind !== undefined && !fits(bind, column.type))
      wrong.push(`${name} is ${column.type}, its bind ${bind}`);
  }
  if (/^INSERT/.test(sql))
    for (const [name, { isNeeded }] of table)
      if (isNeeded && !given.has(name)) wrong.push(`${name} is not given`);
  return wrong;
}

const fits = (bind: BindType, type: string): boolean => FITTING[bind].test(type);

function insertedValues(tokens: readonly Token[]): ReadonlyMap<string, Token | undefined> {
  const end = closingOf(tokens, 3);
  const columns = partsOf(tokens.slice(4, end)).map(([name]) => plainName(name as Token));
  const isValues = tokens[end + 1]?.text.toUpperCase() === 'VALUES';
  const from = tokens.findIndex(({ text }) => text.toUpperCase() === 'FROM');
  const values = isValues
    ? partsOf(tokens.slice(end + 3, closingOf(tokens, end + 2)))
    : partsOf(tokens.slice(end + 2, from));
  return new Map(
    columns.map((name, index) => [name, values[index]?.length === 1 ? values[index]?.[0] : undefined]),
  );
}

function setValues(tokens: readonly Token[]): ReadonlyMap<string, Token | undefined> {
  const where = tokens.findIndex(({ text }) => text.toUpperCase() === 'WHERE');
  const parts = partsOf(tokens.slice(3, where === -1 ? tokens.length : where));
  return new Map(parts.map((part) => [plainName(part[0] as Token), part.length === 3 ? part[2] : undefined]));
}
