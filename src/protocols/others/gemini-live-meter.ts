// Counts a session of Gemini's Live API from the messages that its server sends: each turn tells what it has read, which
// is all that was said so far, and what it has made, and is paid for by itself (Google: "billed … on every single turn").
// Which model it is, the client alone says, in its first message.

import type { MessageMeter, MeterReading } from '../../core/protocol.ts';
import { RunSums } from '../../core/run-sums.ts';
import { isUsed } from '../../core/usage.ts';
import { asArray, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { asFigure } from '../meters/figure.ts';
import { EMPTY_READING } from '../meters/metering.ts';
import { geminiUsage, isGrounded, serviceTier } from './gemini-reader.ts';

const RUN = { kind: 'message', model: null, speed: null, inferenceGeo: null };
/** What stands before a model's own name, at Vertex AI with its project. */
const BEFORE_MODEL = /^.*(?:^|\/)models\//;

export class GeminiLiveMeter implements MessageMeter {
  readonly #runs = new RunSums();
  #model: string | null = null;
  #hasUnpricedParts = false;
  /** The client has said something behind its first message. */
  #isAsked = false;
  /** Something was made, and what it cost is yet to be told. */
  #isOpen = false;
  #figures = 0;
  /** Nothing of a session can be fetched. */
  readonly answerKey = null;

  get figures(): number {
    return this.#figures;
  }

  readAsked(message: unknown): void {
    const setup = asObject(asObject(message)?.setup);
    if (setup === null) this.#isAsked = true;
    else this.#model = asText(setup.model)?.replace(BEFORE_MODEL, '') ?? null;
  }

  read(message: unknown): void {
    const event = asObject(message);
    if (event === null) return;
    const content = asObject(event.serverContent);
    if (asObject(content?.modelTurn) !== null || asObject(event.toolCall) !== null) this.#isOpen = true;
    this.#hasUnpricedParts ||= isGrounded(asObject(content?.groundingMetadata));
    const usage = asObject(event.usageMetadata);
    if (usage !== null) this.#add(usage);
  }

  reading(): MeterReading {
    const isUntold = this.#isOpen || (this.#isAsked && this.#figures === 0);
    return {
      ...EMPTY_READING,
      model: this.#model,
      runs: this.#runs.runs,
      usageIsFinal: true,
      hasUnpricedParts: this.#hasUnpricedParts || isUntold,
      complete: true,
    };
  }

  #add(counts: JsonObject): void {
    const usage = geminiUsage(counts);
    if (!isUsed(usage)) return;
    this.#isOpen = false;
    this.#figures += 1;
    this.#hasUnpricedParts ||= hidesKinds(counts);
    this.#runs.add({ ...RUN, usage, serviceTier: serviceTier(counts) });
  }
}

/** Sound and pictures have prices of their own: some of the tokens may be either, and nothing says how many. */
function hidesKinds(counts: JsonObject): boolean {
  const made = asFigure(counts.responseTokenCount) ?? asFigure(counts.candidatesTokenCount) ?? 0;
  const read = asFigure(counts.promptTokenCount) ?? 0;
  return (
    textAndSound(counts.promptTokensDetails) < read ||
    textAndSound(counts.responseTokensDetails ?? counts.candidatesTokensDetails) < made
  );
}

function textAndSound(details: unknown): number {
  return asArray(details)
    .map(asObject)
    .filter((part) => part?.modality === 'TEXT' || part?.modality === 'AUDIO')
    .reduce((sum, part) => sum + (asFigure(part?.tokenCount) ?? 0), 0);
}
