// What a grammar lets pass and Oracle does not: types and functions of other databases, signs of other drivers, a length
// that is missing. By the words of a statement.

import { RESERVED_WORDS } from '../../src/storage/oracle/reserved-words.ts';
import { closingOf, type Token, tokensOf } from '../../src/storage/oracle/tokens.ts';
import {
  BEFORE_BRACKET,
  COLLATION,
  FUNCTIONS,
  INTERVAL_UNITS,
  METRICS,
  TYPES,
  VERBS,
} from './known-words.ts';
import { partsOf, WrongStatement } from './newer-clauses.ts';

/** The tokens of one statement. Throws where it cannot be one. */
export function checkedTokens(sql: string): readonly Token[] {
  const tokens = withoutEnd(tokensOf(sql));
  const verb = tokens[0]?.text.toUpperCase() ?? '';
  if (!VERBS.has(verb)) throw new WrongStatement(`a statement does not begin with ${verb}`);
  if (verb === 'BEGIN' || verb === 'DECLARE') return tokens;
  for (const [at, token] of tokens.entries()) {
    checkSign(tokens, at, token);
    if (token.kind === 'name') {
      checkCall(tokens, at, token.text.toUpperCase());
      checkWord(tokens, at, token.text.toUpperCase());
    }
  }
  if (verb === 'CREATE' || verb === 'ALTER') checkColumns(tokens);
  return tokens;
}

function withoutEnd(tokens: readonly Token[]): readonly Token[] {
  const verb = tokens[0]?.text.toUpperCase();
  if (verb === 'BEGIN' || verb === 'DECLARE') {
    const [end, sign] = tokens.slice(-2);
    if (sign?.text === ';' && end?.text.toUpperCase() === 'END') return tokens;
    throw new WrongStatement(`${verb} without END;`);
  }
  const rest = tokens.at(-1)?.text === ';' ? tokens.slice(0, -1) : tokens;
  if (rest.some(({ text }) => text === ';')) throw new WrongStatement('more than one statement');
  return rest;
}

function checkSign(tokens: readonly Token[], at: number, token: Token): void {
  const before = tokens[at - 1];
  if (token.kind === 'bind') {
    if (token.text.startsWith('?')) throw new WrongStatement('? is no bind');
    const name = token.text.slice(1).toUpperCase();
    if (RESERVED_WORDS.has(name)) throw new WrongStatement(`${token.text} is a reserved word`);
  }
  if (token.kind === 'text' && before?.kind === 'name' && /^(?:e|b|x)$/i.test(before.text))
    throw new WrongStatement(`${before.text}${token.text} is no text`);
  if (token.kind === 'sign' && ['[', ']', '@', '%'].includes(token.text))
    throw new WrongStatement(`${token.text} is no sign of a statement`);
  if (token.text === '=' && before?.text === '=') throw new WrongStatement('== is no comparison');
  if (!['<', '>', '<=', '>='].includes(token.text) || before?.text !== ')') return;
  // Rows are equal or not; none comes before another.
  const opening = openingOf(tokens, at - 1);
  const name = tokens[opening - 1];
  const isCall = name?.kind === 'name' && !BEFORE_BRACKET.has(name.text.toUpperCase());
  if (!isCall && partsOf(tokens.slice(opening + 1, at - 1)).length > 1)
    throw new WrongStatement(`rows are not compared by ${token.text}`);
}

function openingOf(tokens: readonly Token[], closing: number): number {
  for (let at = closing; at >= 0; at -= 1)
    if (tokens[at]?.text === '(' && closingOf(tokens, at) === closing) return at;
  throw new WrongStatement('a bracket is not opened');
}

/** A name before a bracket is a function, a package's, a type with its length, or a word of SQL; or a table with its columns. */
function checkCall(tokens: readonly Token[], at: number, word: string): void {
  if (tokens[at + 1]?.text !== '(' || tokens[at - 1]?.text === '.') return;
  const before = tokens[at - 1]?.text.toUpperCase() ?? '';
  const isTable =
    ['INTO', 'TABLE', 'EXISTS', 'REFERENCES', 'ON', 'WITH', ','].includes(before) &&
    isOfColumns(tokens, at + 1);
  if (FUNCTIONS.has(word) || BEFORE_BRACKET.has(word) || TYPES.has(word) || isTable) {
    if (word === 'CAST') checkCast(tokens, at + 1);
    if (word === 'VECTOR_DISTANCE') checkDistance(tokens, at + 1);
    if (word === 'JSON_TABLE') checkJsonColumns(tokens, at + 1);
    return;
  }
  throw new WrongStatement(`${word} is no function`);
}

const isOfColumns = (tokens: readonly Token[], opening: number): boolean =>
  tokens
    .slice(opening + 1, closingOf(tokens, opening))
    .every(({ kind, text }) => kind !== 'text' || text === ',');

function checkCast(tokens: readonly Token[], opening: number): void {
  const inner = tokens.slice(opening + 1, closingOf(tokens, opening));
  const as = inner.findLastIndex(({ text }) => text.toUpperCase() === 'AS');
  if (as === -1) throw new WrongStatement('CAST without AS');
  checkType(inner.slice(as + 1));
}

function checkDistance(tokens: readonly Token[], opening: number): void {
  const parts = partsOf(tokens.slice(opening + 1, closingOf(tokens, opening)));
  const metric = parts[2]?.map(({ text }) => text.toUpperCase()).join(' ');
  if (parts.length < 2 || parts.length > 3 || (metric !== undefined && !METRICS.has(metric)))
    throw new WrongStatement(
      `VECTOR_DISTANCE is of two vectors and a metric${metric === undefined ? '' : `, not ${metric}`}`,
    );
}

/** `COLUMNS (name TYPE PATH '$')`. */
function checkJsonColumns(tokens: readonly Token[], opening: number): void {
  const inner = tokens.slice(opening + 1, closingOf(tokens, opening));
  const columns = inner.findIndex(({ text }) => text.toUpperCase() === 'COLUMNS');
  if (columns === -1 || inner[columns + 1]?.text !== '(') return;
  for (const part of partsOf(inner.slice(columns + 2, closingOf(inner, columns + 1)))) {
    const words = part.map(({ text }) => text.toUpperCase());
    if (words[0] === 'NESTED' || words.includes('ORDINALITY') || words[1] === 'PATH' || words[1] === 'EXISTS')
      continue;
    const path = words.indexOf('PATH');
    checkType(
      part
        .slice(1, path === -1 ? part.length : path)
        .filter(({ text }) => !/^format|json|exists$/i.test(text) || /^json$/i.test(text)),
    );
  }
}

function checkWord(tokens: readonly Token[], at: number, word: string): void {
  const next = tokens[at + 1];
  if (word === 'INTERVAL' && next?.kind === 'text') {
    const unit = tokens[at + 2]?.text.toUpperCase() ?? '';
    if (!INTERVAL_UNITS.has(unit)) throw new WrongStatement(`INTERVAL ${next.text} without a unit`);
  }
  if (word === 'COLLATE' && !COLLATION.test(next?.text.toUpperCase() ?? ''))
    throw new WrongStatement(`${next?.text} is no collation`);
}

/** The columns of a table, as it is made or changed: each has a name and a type of Oracle's. */
function checkColumns(tokens: readonly Token[]): void {
  for (const column of columnsIn(tokens)) checkType(typeIn(column));
}

const CONSTRAINTS = ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK', 'SUPPLEMENTAL', 'PERIOD'];

/** What a statement says of each column: its name first. */
export function columnsIn(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const words = tokens.map(({ text }) => text.toUpperCase());
  const table = words.findIndex((word, at) => at < 5 && word === 'TABLE');
  if (table === -1) return [];
  const isAlter = words[0] === 'ALTER';
  const begin = isAlter ? words.findIndex((word) => word === 'ADD' || word === 'MODIFY') : table;
  if (begin === -1) return [];
  const opening = words.indexOf('(', begin);
  const isListed = isAlter
    ? opening === begin + 1 || words.slice(begin + 1, opening).join(' ') === 'IF NOT EXISTS'
    : opening !== -1;
  const all = isListed
    ? partsOf(tokens.slice(opening + 1, closingOf(tokens, opening)))
    : isAlter
      ? [tokens.slice(begin + 1)]
      : [];
  return all.filter((part) => !CONSTRAINTS.includes(part[0]?.text.toUpperCase() ?? '') && part.length > 1);
}

/** The words behind a column's name up to what else is said of it. */
function typeIn(column: readonly Token[]): readonly Token[] {
  const end = column.findIndex(
    ({ text, kind }, at) =>
      at > 1 &&
      kind === 'name' &&
      /^(?:not|null|default|primary|unique|references|check|constraint|generated|invisible|visible|collate|encrypt|annotations|is)$/i.test(
        text,
      ),
  );
  return column.slice(1, end === -1 ? column.length : end);
}

export function checkType(tokens: readonly Token[]): void {
  const text = tokens.map((token) => token.text.toUpperCase()).join(' ');
  const [name = ''] = text.split(' ');
  const length = TYPES.get(name);
  const rest = text.slice(name.length).trim();
  const isWhole =
    (name === 'DOUBLE' && rest === 'PRECISION') ||
    (name === 'LONG' && rest === 'RAW') ||
    (name === 'TIMESTAMP' && /^(?:\( \d \) ?)?(?:WITH (?:LOCAL )?TIME ZONE)?$/.test(rest)) ||
    (name === 'INTERVAL' && /^(?:DAY|YEAR)(?: \( \d \))? TO (?:SECOND|MONTH)(?: \( \d \))?$/.test(rest)) ||
    (name === 'VECTOR' && (rest === '' || /^\( .* \)$/.test(rest))) ||
    (length !== undefined && name !== 'TIMESTAMP' && name !== 'VECTOR' && fits(length, rest));
  if (!isWhole) throw new WrongStatement(`${text === '' ? 'nothing' : text} is no type`);
}

function fits(length: 'none' | 'may' | 'must', rest: string): boolean {
  if (rest === '') return length !== 'must';
  return length !== 'none' && /^\( (?:\d+|\*) (?:(?:CHAR|BYTE) )?(?:, -?\s?\d+ )?\)$/.test(rest);
}
