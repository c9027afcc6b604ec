// A long statement in parts. The grammar takes seconds for what stands in brackets in brackets, and the statements of the
// catalogue have many parts in common: each part is judged by itself, once, and stands in the whole as the simplest of
// its kind. Every word of the statement comes before the grammar.

import { closingOf, type Token, textOfTokens, tokensOf } from '../../src/storage/oracle/tokens.ts';
import { BEFORE_BRACKET, TYPES } from './known-words.ts';
import { WrongStatement } from './newer-clauses.ts';

/** Says what is wrong with a statement; null where nothing is. */
export type Judge = (sql: string) => string | null;

const SUBQUERY = tokensOf('SELECT 1 FROM dual');
const VALUE = tokensOf('x');
const CONDITION = tokensOf('x = 1');
/** Words behind which brackets hold a condition. */
const BEFORE_CONDITION = new Set(['WHERE', 'AND', 'OR', 'NOT', 'ON', 'HAVING', 'WHEN']);

/** The whole with its parts put simply. Throws where a part is wrong. */
export function inParts(tokens: readonly Token[], judge: Judge): readonly Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const word = token.text.toUpperCase();
    if (token.kind === 'name' && word === 'CASE') {
      const end = endOfCase(tokens, at);
      mustBe(judge, [
        ...tokensOf('SELECT'),
        ...inPartsOfCase(tokens.slice(at, end + 1), judge),
        ...tokensOf('FROM dual'),
      ]);
      out.push(...VALUE);
      at = end;
    } else if (token.text !== '(') out.push(token);
    else {
      const end = closingOf(tokens, at);
      const inner = tokens.slice(at + 1, end);
      out.push(...bracket(out, inner, judge, isOfWindow(tokens[end + 1])));
      at = end;
    }
  }
  return out;
}

/** What stands for a bracket behind `before`, whose last word may be a function's name, and is then taken away. */
function bracket(
  before: Token[],
  inner: readonly Token[],
  judge: Judge,
  isOfWindow: boolean,
): readonly Token[] {
  const last = before.at(-1);
  const word = last?.text.toUpperCase() ?? '';
  const first = inner[0]?.text.toUpperCase();
  const simple = inParts(inner, judge);
  if (first === 'SELECT' || first === 'WITH') {
    mustBe(judge, simple);
    return [...tokensOf('('), ...SUBQUERY, ...tokensOf(')')];
  }
  const isCall =
    last?.kind === 'name' &&
    !BEFORE_BRACKET.has(word) &&
    !TYPES.has(word) &&
    before.at(-2)?.text !== '.' &&
    !isOfWindow;
  const isTable = word === 'JSON_TABLE';
  const opensWith = before.at(-2)?.text.toUpperCase() ?? '';
  if (isTable) {
    mustBe(judge, [...tokensOf('SELECT 1 FROM JSON_TABLE('), ...simple, ...tokensOf(')')]);
    before.pop();
    return VALUE;
  }
  if (isCall && !['INTO', 'INSERT', 'WITH'].includes(opensWith)) {
    mustBe(judge, [
      ...tokensOf('SELECT'),
      last as Token,
      ...tokensOf('('),
      ...simple,
      ...tokensOf(') FROM dual'),
    ]);
    before.pop();
    return VALUE;
  }
  if (BEFORE_CONDITION.has(word)) {
    mustBe(judge, [...tokensOf('SELECT 1 FROM dual WHERE ('), ...simple, ...tokensOf(')')]);
    return [...tokensOf('('), ...CONDITION, ...tokensOf(')')];
  }
  return [...tokensOf('('), ...simple, ...tokensOf(')')];
}

/** What follows an aggregate that is more than that. */
const isOfWindow = (token: Token | undefined): boolean =>
  /^(?:over|within|keep|filter|ignore|respect)$/i.test(token?.text ?? '');

/** The branches of a CASE, each in parts. */
function inPartsOfCase(tokens: readonly Token[], judge: Judge): readonly Token[] {
  return [tokens[0] as Token, ...inParts(tokens.slice(1), judge)];
}

function endOfCase(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let index = at; index < tokens.length; index += 1) {
    const word = tokens[index]?.kind === 'name' ? tokens[index]?.text.toUpperCase() : '';
    if (word === 'CASE') depth += 1;
    if (word === 'END') depth -= 1;
    if (depth === 0) return index;
  }
  throw new WrongStatement('CASE without END');
}

function mustBe(judge: Judge, tokens: readonly Token[]): void {
  const text = textOfTokens(tokens);
  const fault = judge(text);
  if (fault !== null) throw new WrongStatement(`${text.slice(0, 120)}: ${fault}`);
}
