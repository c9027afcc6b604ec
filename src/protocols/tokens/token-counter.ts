// Estimates tokens with OpenAI's public o200k vocabulary, for all models: other providers publish none.

import type { TokenEstimator } from '../../core/journal.ts';
import { QuestionThread } from '../../runtime/question-thread.ts';

/** Longer texts are counted up to here, and the rest in proportion. */
export const TEXT_CHARACTERS_MAX = 1_000_000;
/** English prose has about four characters a token; used only where the worker has died. */
const CHARACTERS_PER_TOKEN = 4;

export class TokenCounter implements TokenEstimator {
  readonly #thread = new QuestionThread<string | Uint8Array, number>(
    new URL('./token-counter-worker', import.meta.url),
  );

  async count(text: string, _model: string | null = null, characters = text.length): Promise<number> {
    if (text === '') return 0;
    const part = text.slice(0, TEXT_CHARACTERS_MAX);
    const tokens = (await this.tokens(part)) ?? part.length / CHARACTERS_PER_TOKEN;
    return Math.ceil((tokens * characters) / part.length);
  }

  /** Parsed where it is counted: others would wait for it. */
  async countPrompt(body: Uint8Array, _model: string | null = null): Promise<number> {
    const bytes = Uint8Array.from(body);
    const tokens = await new Promise<number | null>((resolve) =>
      this.#thread.ask(bytes, resolve, [bytes.buffer]),
    );
    return tokens ?? Math.ceil(body.length / CHARACTERS_PER_TOKEN);
  }

  /** Counts the whole text; null where the worker died over it. */
  tokens(text: string): Promise<number | null> {
    return new Promise((resolve) => this.#thread.ask(text, resolve));
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
