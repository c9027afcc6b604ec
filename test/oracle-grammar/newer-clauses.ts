// The clauses of 23ai and 26ai that the grammar does not know. Each is recognised here word by word, as strictly as a
// grammar would, and stands in the rest as what it would have been before: a table without IF NOT EXISTS, a BLOB for a
// VECTOR. What is not exactly such a clause stays as it is, for the grammar to refuse.

import { closingOf, type Token, tokensOf } from '../../src/storage/oracle/tokens.ts';
import { METRICS, VECTOR_FORMATS } from './known-words.ts';

export class WrongStatement extends Error {}

/** Words of a pattern: `#` is a whole number, `:` a number or a bind, `name` a name, and others are themselves. */
function matchEnd(tokens: readonly Token[], at: number, pattern: string): number | null {
  let place = at;
  for (const word of pattern.split(' ')) {
    const token = tokens[place];
    if (token === undefined || !isWord(token, word)) return null;
    place += 1;
  }
  return place;
}

function isWord(token: Token, word: string): boolean {
  if (word === '#') return token.kind === 'number' && /^\d+$/.test(token.text);
  if (word === ':') return token.kind === 'bind' || (token.kind === 'number' && /^\d+$/.test(token.text));
  if (word === 'name') return token.kind === 'name' || token.kind === 'quoted';
  return token.kind !== 'text' && token.kind !== 'quoted' && token.text.toUpperCase() === word;
}

const NAMED =
  'TABLE|INDEX|VIEW|SEQUENCE|USER|SYNONYM|PROCEDURE|FUNCTION|TRIGGER|TYPE|PACKAGE|DOMAIN|TABLESPACE'.split(
    '|',
  );

/** The tokens without what is newer than the grammar. */
export function withoutNewerClauses(given: readonly Token[]): readonly Token[] {
  return [
    vectorIndex,
    unlessThere,
    vectorColumns,
    approximateFetch,
    setOperators,
    valueRows,
    joinedUpdate,
  ].reduce((tokens, pass) => pass(tokens), given);
}

/** `CREATE TABLE IF NOT EXISTS t`, `DROP TABLE IF EXISTS t`, `ALTER TABLE t ADD IF NOT EXISTS (…)`. */
function unlessThere(tokens: readonly Token[]): readonly Token[] {
  const first = tokens[0]?.text.toUpperCase();
  if (first !== 'CREATE' && first !== 'DROP' && first !== 'ALTER') return tokens;
  const not = first === 'CREATE' ? 'IF NOT EXISTS' : 'IF EXISTS';
  const kind = tokens.findIndex(
    (token, index) => index > 0 && index < 6 && NAMED.includes(token.text.toUpperCase()),
  );
  const out = [...tokens];
  const end = kind === -1 ? null : matchEnd(tokens, kind + 1, not);
  if (end !== null) {
    if (!isWord(tokens[end] ?? { kind: 'sign', text: '' }, 'name'))
      throw new WrongStatement(`a name behind ${not}`);
    if (first === 'CREATE' && tokens.slice(1, kind).some(({ text }) => text.toUpperCase() === 'REPLACE'))
      throw new WrongStatement('OR REPLACE and IF NOT EXISTS exclude each other');
    out.splice(kind + 1, end - kind - 1);
  }
  if (first !== 'ALTER') return out;
  const add = out.findIndex(({ text }) => text.toUpperCase() === 'ADD');
  if (add !== -1 && matchEnd(out, add + 1, 'IF NOT EXISTS (') !== null) out.splice(add + 1, 3);
  const drop = out.findIndex(({ text }) => text.toUpperCase() === 'DROP');
  const column = drop === -1 ? null : matchEnd(out, drop + 1, 'COLUMN IF EXISTS name');
  if (column !== null) out.splice(drop + 2, 2);
  return out;
}

/** `VECTOR`, `VECTOR(384)`, `VECTOR(*, FLOAT32)`, `VECTOR(384, FLOAT32, DENSE)` as the type of a column. */
function vectorColumns(tokens: readonly Token[]): readonly Token[] {
  const first = tokens[0]?.text.toUpperCase();
  if (first !== 'CREATE' && first !== 'ALTER') return tokens;
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const before = tokens[at - 1];
    const isType =
      isWord(token, 'VECTOR') && before !== undefined && isWord(before, 'name') && !isWord(before, 'CREATE');
    if (!isType) {
      out.push(token);
      continue;
    }
    out.push({ kind: 'name', text: 'BLOB' });
    if (tokens[at + 1]?.text !== '(') continue;
    const end = closingOf(tokens, at + 1);
    checkVector(tokens.slice(at + 2, end).map(({ text }) => text.toUpperCase()));
    at = end;
  }
  return out;
}

function checkVector(words: readonly string[]): void {
  const [dimensions = '', comma, format = '', next, storage = '', ...more] = words;
  const isLength =
    dimensions === '*' ||
    (/^\d+$/.test(dimensions) && Number(dimensions) >= 1 && Number(dimensions) <= 65_535);
  const isFormat = comma === undefined || (comma === ',' && VECTOR_FORMATS.has(format));
  const isStorage = next === undefined || (next === ',' && ['DENSE', 'SPARSE', '*'].includes(storage));
  if (!isLength || !isFormat || !isStorage || more.length > 0)
    throw new WrongStatement(`VECTOR(${words.join(' ')}) is no type`);
}

const HNSW = [/^TYPE HNSW$/, /^(?:NEIGHBORS|M) \d+$/, /^EFCONSTRUCTION \d+$/];
const IVF = [
  /^TYPE IVF$/,
  /^NEIGHBOR PARTITIONS? \d+$/,
  /^SAMPLES_PER_PARTITION \d+$/,
  /^MIN_VECTORS_PER_PARTITION \d+$/,
];

/** `CREATE VECTOR INDEX i ON t (c) ORGANIZATION … DISTANCE … WITH TARGET ACCURACY … PARAMETERS (…)`. */
function vectorIndex(tokens: readonly Token[]): readonly Token[] {
  if (matchEnd(tokens, 0, 'CREATE VECTOR') === null) return tokens;
  const named = matchEnd(tokens, 0, 'CREATE VECTOR INDEX IF NOT EXISTS name ON name');
  const head = named ?? matchEnd(tokens, 0, 'CREATE VECTOR INDEX name ON name');
  if (head === null) throw new WrongStatement('a vector index has a name and a table');
  let at = matchEnd(tokens, head, '( name )');
  if (at === null) throw new WrongStatement('a vector index is of one column');
  const optional = (pattern: string): boolean => {
    const end = matchEnd(tokens, at as number, pattern);
    if (end !== null) at = end;
    return end !== null;
  };
  const inMemory = optional('ORGANIZATION INMEMORY NEIGHBOR GRAPH');
  const partitions = !inMemory && optional('ORGANIZATION NEIGHBOR PARTITIONS');
  if (!inMemory && !partitions) throw new WrongStatement('a vector index has an organization');
  optional('WITH');
  if (optional('DISTANCE')) {
    if (!METRICS.has(tokens[at]?.text.toUpperCase() ?? ''))
      throw new WrongStatement(`${tokens[at]?.text} is no metric`);
    at += 1;
  }
  if (optional('WITH TARGET ACCURACY #')) optional('PERCENT');
  if (optional('PARAMETERS (')) {
    const end = closingOf(tokens, at - 1);
    const text = tokens
      .slice(at, end)
      .map((token) => token.text.toUpperCase())
      .join(' ');
    const known = inMemory ? HNSW : IVF;
    for (const [index, part] of text.split(' , ').entries()) {
      const isKnown = index === 0 ? known[0]?.test(part) : known.some((pattern) => pattern.test(part));
      if (isKnown !== true) throw new WrongStatement(`${part} is no parameter of a vector index`);
    }
    at = end + 1;
  }
  optional('PARALLEL #');
  if (at !== tokens.length) throw new WrongStatement(`${tokens[at]?.text} does not belong to a vector index`);
  const name = tokens[named === null ? 3 : 6] as Token;
  const [table, column] = [tokens[head - 1] as Token, tokens[head + 1] as Token];
  return [
    ...tokensOf('CREATE INDEX'),
    name,
    ...tokensOf('ON'),
    table,
    ...tokensOf('('),
    column,
    ...tokensOf(')'),
  ];
}

/** `FETCH APPROX FIRST 5 ROWS ONLY WITH TARGET ACCURACY 95`. */
function approximateFetch(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const kind = ['APPROX', 'APPROXIMATE', 'EXACT'].find(
      (word) => matchEnd(tokens, at, `FETCH ${word}`) !== null,
    );
    if (kind === undefined) {
      out.push(tokens[at] as Token);
      continue;
    }
    const found = ['FIRST : ROWS ONLY', 'NEXT : ROWS ONLY', 'FIRST : ROW ONLY', 'NEXT : ROW ONLY']
      .map((rest) => matchEnd(tokens, at, `FETCH ${kind} ${rest}`))
      .find((end) => end !== null);
    if (found === undefined || found === null) throw new WrongStatement(`FETCH ${kind} FIRST n ROWS ONLY`);
    out.push(tokens[at] as Token, ...tokens.slice(at + 2, found));
    const accuracy = matchEnd(tokens, found, 'WITH TARGET ACCURACY :');
    at = (accuracy === null ? found : (matchEnd(tokens, accuracy, 'PERCENT') ?? accuracy)) - 1;
  }
  return out;
}

/** `EXCEPT`, and `ALL` behind it, INTERSECT or MINUS. */
function setOperators(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const isSet = ['EXCEPT', 'INTERSECT', 'MINUS'].some((word) => isWord(token, word));
    const next = matchEnd(tokens, at + 1, 'ALL') ?? at + 1;
    const opens = tokens[next];
    const isOperator = isSet && opens !== undefined && (isWord(opens, 'SELECT') || isWord(opens, '('));
    if (!isOperator) out.push(token);
    else {
      out.push({ kind: 'name', text: isWord(token, 'INTERSECT') ? 'INTERSECT' : 'MINUS' });
      at = next - 1;
    }
  }
  return out;
}

/** `VALUES (1, TRUE), (2, FALSE)`: as many values in each row as in the first, and as there are columns. */
function valueRows(tokens: readonly Token[]): readonly Token[] {
  const values = tokens.findIndex((token) => isWord(token, 'VALUES'));
  if (tokens[0]?.text.toUpperCase() !== 'INSERT' || values === -1 || tokens[values + 1]?.text !== '(')
    return tokens;
  const columns = tokens[values - 1]?.text === ')' ? openingOf(tokens, values - 1) : null;
  const wanted = columns === null ? null : partsOf(tokens.slice(columns + 1, values - 1)).length;
  const firstEnd = closingOf(tokens, values + 1);
  const counts = [partsOf(tokens.slice(values + 2, firstEnd)).length];
  let end = firstEnd;
  while (tokens[end + 1]?.text === ',' && tokens[end + 2]?.text === '(') {
    const next = closingOf(tokens, end + 2);
    counts.push(partsOf(tokens.slice(end + 3, next)).length);
    end = next;
  }
  const expected = wanted ?? counts[0];
  if (counts.some((count) => count !== expected))
    throw new WrongStatement(`${counts.join(' and ')} values for ${expected} columns`);
  return [...tokens.slice(0, firstEnd + 1), ...tokens.slice(end + 1)];
}

function openingOf(tokens: readonly Token[], closing: number): number {
  for (let at = closing; at >= 0; at -= 1)
    if (tokens[at]?.text === '(' && closingOf(tokens, at) === closing) return at;
  throw new WrongStatement('a bracket is not opened');
}

/** `UPDATE t SET a = s.a FROM s WHERE …`: what it joins is a table or several, each with a name at the most. */
function joinedUpdate(tokens: readonly Token[]): readonly Token[] {
  if (tokens[0]?.text.toUpperCase() !== 'UPDATE') return tokens;
  const at = atDepthZero(tokens, (token) => isWord(token, 'FROM'));
  const set = atDepthZero(tokens, (token) => isWord(token, 'SET'));
  if (at === null || set === null || at < set) return tokens;
  const where = atDepthZero(tokens, (token, index) => index > at && isWord(token, 'WHERE')) ?? tokens.length;
  for (const part of partsOf(tokens.slice(at + 1, where)))
    if (part.length === 0 || part.length > 2 || part.some((token) => !isWord(token, 'name')))
      throw new WrongStatement('UPDATE … FROM names tables');
  return [...tokens.slice(0, at), ...tokens.slice(where)];
}

function atDepthZero(tokens: readonly Token[], is: (token: Token, index: number) => boolean): number | null {
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.text === '(') at = closingOf(tokens, at);
    else if (is(token, at)) return at;
  }
  return null;
}

/** What commas divide, outside of brackets. */
export function partsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.text === ',') parts.push([]);
    else if (token.text === '(') {
      const end = closingOf(tokens, at);
      parts.at(-1)?.push(...tokens.slice(at, end + 1));
      at = end;
    } else parts.at(-1)?.push(token);
  }
  return parts;
}
