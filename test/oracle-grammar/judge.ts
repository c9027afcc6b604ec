// Whether a text is a statement of Oracle Database 26ai, as far as that can be told without a server.

import { type Token, textOfTokens, tokensOf } from '../../src/storage/oracle/tokens.ts';
import { grammarFault } from './grammar.ts';
import { WrongStatement, withoutNewerClauses } from './newer-clauses.ts';
import { inParts } from './parts.ts';
import { plain } from './plain.ts';
import { checkedTokens } from './word-rules.ts';

const VERBS_IN_PARTS = /^(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b/i;

const judged = new Map<string, string | null>();

/** By the grammar; what was judged before is not judged again. */
function byGrammar(sql: string): string | null {
  const known = judged.get(sql);
  if (known !== undefined) return known;
  const fault = grammarFault(sql);
  judged.set(sql, fault);
  return fault;
}

/** Longer ones come before the grammar in parts: it takes seconds for brackets in brackets. */
const WHOLE_CHARACTERS = 80;

/** What is wrong with a statement; null where nothing is. */
export function faultOfStatement(sql: string): string | null {
  const isWhole = sql.length <= WHOLE_CHARACTERS || !VERBS_IN_PARTS.test(sql);
  return judge(sql, (tokens) => byGrammar(textOfTokens(isWhole ? tokens : inParts(tokens, byGrammar))));
}

/** What the parts of statements were found to be. */
export interface Parts {
  /** These need not be judged again. */
  readonly accepted: ReadonlySet<string>;
  /** All that there were. */
  readonly met: Set<string>;
  /** As they are judged: most statements have their parts in common. */
  readonly plainly: Map<string, string>;
}

/** The same of a statement whose names are known: most of its parts are those of another statement too. */
export function faultInParts(
  sql: string,
  names: ReadonlySet<string>,
  { accepted, met, plainly }: Parts,
): string | null {
  const byPart = (part: string): string | null => {
    const text = plainly.get(part) ?? textOfTokens(plain(tokensOf(part), names));
    plainly.set(part, text);
    met.add(text);
    return accepted.has(text) ? null : byGrammar(text);
  };
  const isData = VERBS_IN_PARTS.test(sql);
  return judge(sql, (tokens) => byPart(textOfTokens(isData ? inParts(tokens, byPart) : tokens)));
}

function judge(sql: string, by: (tokens: readonly Token[]) => string | null): string | null {
  try {
    return by(withoutNewerClauses(checkedTokens(sql)));
  } catch (error) {
    if (error instanceof WrongStatement || error instanceof SyntaxError) return error.message;
    throw error;
  }
}
