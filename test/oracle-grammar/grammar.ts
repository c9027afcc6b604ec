// The grammar: ANTLR's PL/SQL as the package has it, unchanged.

import PlSqlLexer from '@griffithswaite/ts-plsql-parser/antlr/PlSqlLexer.js';
import PlSqlParser from '@griffithswaite/ts-plsql-parser/antlr/PlSqlParser.js';
import { CharStream, CommonTokenStream, type Recognizer } from 'antlr4';

/** ANTLR's two ways to look ahead: the first is many times as fast, and refuses a little that is right. */
const [FAST, WHOLE] = [0, 1];

/** What the grammar says against a statement; null where it is one. What passes the fast way would pass the other. */
export function grammarFault(sql: string): string | null {
  return faultBy(FAST, sql) === null ? null : faultBy(WHOLE, sql);
}

function faultBy(predictionMode: number, sql: string): string | null {
  const faults: string[] = [];
  const listener = {
    syntaxError: (_recognizer: unknown, _token: unknown, line: number, column: number, message: string) => {
      faults.push(`${line}:${column} ${message.slice(0, 200)}`);
    },
    reportAmbiguity: () => undefined,
    reportAttemptingFullContext: () => undefined,
    reportContextSensitivity: () => undefined,
  };
  // A block of PL/SQL has a sign of its own at its end.
  const lexer = new PlSqlLexer(new CharStream(/;\s*$/.test(sql) ? sql : `${sql};`));
  listenTo(lexer, listener);
  const parser = new PlSqlParser(new CommonTokenStream(lexer));
  listenTo(parser, listener);
  parser.buildParseTrees = false;
  parser._interp.predictionMode = predictionMode;
  parser.sql_script();
  return faults[0] ?? null;
}

function listenTo(recognizer: Recognizer, listener: object): void {
  recognizer.removeErrorListeners();
  recognizer.addErrorListener(listener);
}
