// The reports' SQL in Oracle's words. Reports are written once, for every store; what Oracle says otherwise is put
// right here word by word: sums and counts of some rows, limits, remainders, the empty text, reserved names, named
// binds.

import { columnName } from './reserved-words.ts';
import { closingOf, type Token, textOfTokens, tokensOf } from './tokens.ts';

export interface Translated {
  readonly sql: string;
  /** `p1` stands for the first parameter. */
  readonly parameters: number;
}

const AGGREGATES: ReadonlySet<string> = new Set(['count', 'min', 'max', 'sum', 'total']);

export function translated(sql: string): Translated {
  const { tokens, parameters } = numbered(tokensOf(sql));
  return { sql: textOfTokens(translate(tokens)), parameters };
}

/** `?` becomes `:p1`, `:p2` …; `?1` is the first, and those behind it follow. */
function numbered(tokens: readonly Token[]): {
  readonly tokens: readonly Token[];
  readonly parameters: number;
} {
  let last = 0;
  let most = 0;
  const named = tokens.map((token): Token => {
    if (token.kind !== 'bind') return token;
    const number = token.text.slice(1);
    last = number === '' ? last + 1 : Math.max(last, Number(number));
    const at = number === '' ? last : Number(number);
    most = Math.max(most, at);
    return { kind: 'bind', text: `:p${at}` };
  });
  return { tokens: named, parameters: most };
}

const words = (text: string): readonly Token[] => tokensOf(text);

function translate(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1];
    if (token.kind === 'name' && next?.text === '(' && AGGREGATES.has(token.text.toLowerCase())) {
      const { end, translation } = aggregate(tokens, at);
      out.push(...translation);
      at = end;
    } else if (isWord(token, 'LIMIT')) {
      const { end, translation } = limit(tokens, at);
      out.push(...translation);
      at = end;
    } else if (next?.text === '%') {
      out.push(...words('MOD('), token, ...words(','), tokens[at + 2] as Token, ...words(')'));
      at += 2;
    } else if (next !== undefined && isWord(next, 'ILIKE')) {
      // Whatever the case of letters.
      out.push(
        ...words('LOWER('),
        ...renamed(token),
        ...words(') LIKE LOWER('),
        tokens[at + 2] as Token,
        ...words(')'),
      );
      at += 2;
    } else out.push(...renamed(token));
  }
  return out;
}

const isWord = (token: Token, word: string): boolean =>
  token.kind === 'name' && token.text.toUpperCase() === word;

/** The empty text is stored as a sign that stands for it; a reserved name stands in quotes. */
function renamed(token: Token): readonly Token[] {
  if (token.kind === 'text' && token.text === "''") return words('CHR(1)');
  if (token.kind !== 'name' || columnName(token.text) === token.text) return [token];
  // Of the reserved words only these are names of ours; the others are SQL.
  return OURS.has(token.text.toLowerCase()) ? words(columnName(token.text)) : [token];
}
const OURS: ReadonlySet<string> = new Set(['session']);

/** `count(*) FILTER (WHERE c)` counts where c is true; `total(x)` is 0 without a row. */
function aggregate(
  tokens: readonly Token[],
  at: number,
): { readonly end: number; readonly translation: readonly Token[] } {
  const name = (tokens[at] as Token).text.toLowerCase();
  const closing = closingOf(tokens, at + 1);
  const inner = translate(tokens.slice(at + 2, closing));
  const filter = tokens[closing + 1];
  const isFiltered = filter !== undefined && isWord(filter, 'FILTER');
  const end = isFiltered ? closingOf(tokens, closing + 2) : closing;
  const condition = isFiltered ? translate(tokens.slice(closing + 4, end)) : null;
  const counted = inner.length === 1 && inner[0]?.text === '*' ? words('1') : inner;
  const value =
    condition === null
      ? inner
      : [...words('CASE WHEN'), ...condition, ...words('THEN'), ...counted, ...words('END')];
  const translation =
    name === 'total'
      ? [...words('COALESCE(SUM('), ...value, ...words('), 0)')]
      : [...words(`${name.toUpperCase()}(`), ...value, ...words(')')];
  return { end, translation };
}

/** `LIMIT a` and `LIMIT a OFFSET b`. */
function limit(
  tokens: readonly Token[],
  at: number,
): { readonly end: number; readonly translation: readonly Token[] } {
  const most = tokens[at + 1] as Token;
  const offset = tokens[at + 2];
  if (offset === undefined || !isWord(offset, 'OFFSET'))
    return { end: at + 1, translation: [...words('FETCH FIRST'), most, ...words('ROWS ONLY')] };
  return {
    end: at + 3,
    translation: [
      ...words('OFFSET'),
      tokens[at + 3] as Token,
      ...words('ROWS FETCH NEXT'),
      most,
      ...words('ROWS ONLY'),
    ],
  };
}
