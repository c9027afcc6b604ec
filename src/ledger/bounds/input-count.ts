// Counts the text of a request with a tokenizer, where its bytes are too coarse a bound. Off the event loop, and
// bounded: in the text of one request, in the text that waits, and in time.

import { type CountedText, countedInput, countedOf } from './input-reading.ts';

/** Counts tokens of OpenAI's o200k vocabulary; null where it could not. */
export interface TextCounter {
  tokens(text: string): Promise<number | null>;
}

const WAITING_CHARACTERS_MAX = 4 * 1024 * 1024;
const COUNT_MS_MAX = 5_000;

/** Models whose vocabulary this is: counts are exact. */
const OWN_VOCABULARY = /(^|[/.:])(gpt-4o|gpt-4\.1|gpt-4\.5|gpt-[5-9]|gpt-oss|chatgpt-4o|o[134](-|$))/;
/**
 * Other makers publish no vocabulary. Claude's texts in recorded streams take 1.15 to 1.63 times as many tokens as
 * o200k makes of them, and its newest vocabulary is announced as up to 1.35 times the one before.
 */
const OTHER_VOCABULARY_FACTOR = 2;

export class InputCount {
  readonly #counter: TextCounter;
  #waitingCharacters = 0;

  constructor(counter: TextCounter) {
    this.#counter = counter;
  }

  /** At least the tokens that `model` makes of the body's text; null where that is not to be had in time. */
  textTokensMax(body: unknown, model: string): Promise<number | null> {
    return this.countedTokensMax(countedInput(body), model);
  }

  /** At least the tokens that `model` makes of a text; null where that is not to be had in time. */
  tokensMax(text: string, model: string): Promise<number | null> {
    return this.countedTokensMax(countedOf(text), model);
  }

  /** The same of a text that was looked at already. */
  async countedTokensMax({ counted, restBytes }: CountedText, model: string): Promise<number | null> {
    if (this.#waitingCharacters + counted.length > WAITING_CHARACTERS_MAX) return null;
    this.#waitingCharacters += counted.length;
    const tokens = await this.#inTime(counted);
    this.#waitingCharacters -= counted.length;
    if (tokens === null) return null;
    if (OWN_VOCABULARY.test(model)) return tokens + restBytes;
    // What is not ASCII differs most between vocabularies: there the bytes stand.
    const foreignBytes = Buffer.byteLength(counted) - asciiCharacters(counted);
    return OTHER_VOCABULARY_FACTOR * tokens + foreignBytes + restBytes;
  }

  async #inTime(text: string): Promise<number | null> {
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(late.resolve, COUNT_MS_MAX, null);
    const tokens = await Promise.race([this.#counter.tokens(text), late.promise]);
    clearTimeout(timer);
    return tokens;
  }
}

function asciiCharacters(text: string): number {
  return text.length - (text.match(/[^\0-\x7f]/g)?.length ?? 0);
}
