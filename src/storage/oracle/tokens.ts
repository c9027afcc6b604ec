// The words of a statement: texts, names, numbers, signs. What stands between them is white space.

export interface Token {
  readonly kind: 'text' | 'name' | 'quoted' | 'number' | 'bind' | 'sign';
  readonly text: string;
}

const KINDS = [
  'name',
  'sign',
  'bind',
  'text',
  'number',
  'quoted',
] as const satisfies readonly Token['kind'][];
const WORD =
  /\s+|(?<text>'(?:[^']|'')*')|(?<quoted>"[^"]*")|(?<bind>:[A-Za-z]\w*|\?\d*)|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_][\w$#]*)|(?<sign>\|\||<>|<=|>=|!=|[-+*/%(),.=<>;@[\]])/gy;

/** Throws for a sign that no statement of ours holds. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of sql.matchAll(WORD)) {
    end = match.index + match[0].length;
    const kind = KINDS.find((each) => match.groups?.[each] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: match[0] });
  }
  if (end === sql.length) return tokens;
  throw new SyntaxError(`${JSON.stringify(sql.slice(end, end + 20))} is no word of a statement`);
}

/** As a statement again, the words apart. */
export function textOfTokens(tokens: readonly Token[]): string {
  let text = '';
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    text += before === undefined || isJoined(before, token) ? token.text : ` ${token.text}`;
  }
  return text;
}

function isJoined(before: Token, token: Token): boolean {
  if (before.text === '(' || before.text === '.' || token.text === '.') return true;
  if (token.text === ')' || token.text === ',') return true;
  return token.text === '(' && before.kind === 'name' && !SPACED.has(before.text.toUpperCase());
}

/** Words that are no function, before a bracket. */
const SPACED = new Set(
  'IN AND OR NOT WHERE FROM AS ON VALUES OVER SELECT THEN WHEN ELSE HAVING BY USING COLUMNS INTO EXISTS'.split(
    ' ',
  ),
);

/** Where the bracket that opens at `index` closes. */
export function closingOf(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index; at < tokens.length; at += 1) {
    const text = tokens[at]?.text;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return at;
  }
  throw new SyntaxError('a bracket is not closed');
}
