// What is needed of ANTLR's runtime: its package has types that its own map of exports does not lead to.

declare module 'antlr4' {
  export class CharStream {
    constructor(text: string);
  }
  export class Recognizer {
    removeErrorListeners(): void;
    addErrorListener(listener: object): void;
  }
  export class Lexer extends Recognizer {
    constructor(input: CharStream);
  }
  export class CommonTokenStream {
    constructor(lexer: Lexer);
  }
  export class Parser extends Recognizer {
    constructor(tokens: CommonTokenStream);
    buildParseTrees: boolean;
    _interp: ParserATNSimulator;
  }
  export class ParserRuleContext {}
  export class ParseTreeListener {}
  export class ParseTreeVisitor<Result> {
    visit(tree: unknown): Result;
  }
  export class RecognitionException extends Error {}
  export class Token {}
  export class TerminalNode {}
  export class ATN {}
  export class DFA {}
  export class FailedPredicateException extends Error {}
  export class NoViableAltException extends Error {}
  export class ParserATNSimulator {
    predictionMode: number;
  }
  export class LexerATNSimulator {}
  export class PredictionContextCache {}
  export class RuleContext {}
  export class Interval {}
  export class IntervalSet {}
  export class RuleNode {}
}
