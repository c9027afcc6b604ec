// How many tokens a stream may have generated so far, at the most: by the bytes of what it shows, by a count of them
// where bytes are too coarse, and by the time in which it may have thought out of sight.

import type { Thinking } from './hidden-thinking.ts';

/** A stream as it is followed. */
export interface RunningStream {
  readonly progress: {
    readonly textBytes: number;
    readonly thinkingBytes: number;
    /** What the provider has read, once it says so. */
    readonly inputTokens: number | null;
    /** Who answers, once it says so. */
    readonly model: string | null;
  };
  /** The text since it was last taken, and its bytes; and those of text that is gone, for there was too much of it. */
  takeText(): { readonly text: string; readonly bytes: number; readonly lostBytes: number };
}

/** A shorter silence is the ordinary rhythm of a stream. */
const PAUSE_MS = 500;
/** One that comes to more, a whole file in one event, is no rhythm either. */
const STEP_TOKENS_MAX = 4_000;

export class RunningOutput {
  #thinking: Thinking;
  readonly #countText: (text: string) => Promise<number | null>;
  #countedBytes = 0;
  #countedTokens = 0;
  #lastBytes = 0;
  /** The most that came between two looks. */
  #largestStepBytes = 0;
  /** Ended pauses of the text. */
  #pausedMs = 0;
  #lastTextMs: number;
  #lastTextBytes = 0;

  constructor(thinking: Thinking, countText: (text: string) => Promise<number | null>, nowMs: number) {
    this.#thinking = thinking;
    this.#countText = countText;
    this.#lastTextMs = nowMs;
  }

  tokensMax({ progress }: RunningStream, nowMs: number): number {
    const bytes = progress.textBytes + progress.thinkingBytes;
    this.#largestStepBytes = Math.max(this.#largestStepBytes, bytes - this.#lastBytes);
    this.#lastBytes = bytes;
    const uncounted = bytes - this.#countedBytes;
    return this.#countedTokens + uncounted + this.#hiddenTokens(progress.textBytes, nowMs);
  }

  /** Another than was asked for may answer. */
  thinksLike(thinking: Thinking): void {
    this.#thinking = thinking;
  }

  /** What came at once before may come at once again: of a count, so much must be left. */
  get stepTokens(): number {
    if (this.#countedBytes === 0) return 0;
    const tokens = Math.ceil((this.#largestStepBytes * this.#countedTokens) / this.#countedBytes);
    return Math.min(tokens, STEP_TOKENS_MAX);
  }

  get countedTokens(): number {
    return this.#countedTokens;
  }

  uncountedBytes({ progress }: RunningStream): number {
    return progress.textBytes + progress.thinkingBytes - this.#countedBytes;
  }

  /** Counts what was not counted yet; its bytes stand until then, and where it cannot be. */
  async count(stream: RunningStream): Promise<void> {
    const { text, bytes, lostBytes } = stream.takeText();
    const tokens = await this.#countText(text);
    this.#countedBytes += bytes + lostBytes;
    this.#countedTokens += Math.min(bytes, tokens ?? bytes) + lostBytes;
  }

  /** Text that flows leaves no time to think; a summary of thinking is no text. */
  #hiddenTokens(textBytes: number, nowMs: number): number {
    if (this.#thinking.kind === 'none') return 0;
    const pauseMs = nowMs - this.#lastTextMs < PAUSE_MS ? 0 : nowMs - this.#lastTextMs;
    if (textBytes > this.#lastTextBytes) {
      this.#pausedMs += pauseMs;
      this.#lastTextMs = nowMs;
      this.#lastTextBytes = textBytes;
      return this.#thought(this.#pausedMs);
    }
    return this.#thought(this.#pausedMs + pauseMs);
  }

  #thought(ms: number): number {
    if (this.#thinking.kind === 'none') return 0;
    const { tokensPerSecond, tokensMax } = this.#thinking;
    return Math.min(tokensMax, Math.ceil((tokensPerSecond * ms) / 1000));
  }
}
