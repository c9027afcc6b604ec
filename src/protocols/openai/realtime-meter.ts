// Counts a Realtime session from the events that the server sends: one usage for each response, and one for each
// transcription of what was heard.

import type { MessageMeter, MeterReading } from '../../core/protocol.ts';
import { RunSums } from '../../core/run-sums.ts';
import { type ExtraUsage, isUsed } from '../../core/usage.ts';
import { asObject, asText, type JsonObject } from '../json/json-value.ts';
import { EMPTY_READING } from '../meters/metering.ts';
import { pictureTokens, tokenUsage } from './usage.ts';

const TRANSCRIPTION = 'conversation.item.input_audio_transcription.';
const SPEAKING = new Set(['response.output_audio.delta', 'response.audio.delta']);
/** At work at the same time; real sessions have one of each. */
const OPEN_MAX = 1_000;

export class RealtimeMeter implements MessageMeter {
  readonly #runs = new RunSums();
  #model: string | null = null;
  #transcriptionModel: string | null = null;
  #sessionId: string | null = null;
  #finishReason: string | null = null;
  #hasUnpricedParts = false;
  #figures = 0;
  /** Nothing of a session can be fetched. */
  readonly answerKey = null;
  /** Sound has been sent: it stays in what is read from then on. */
  #hears = false;
  /** Of the answer that is being made. */
  #speaks = false;
  /** Answers and transcriptions that have begun, by their ids. */
  readonly #open = new Set<string>();

  get figures(): number {
    return this.#figures;
  }

  /** Messages that are no JSON, or of no known kind, count as nothing. */
  read(message: unknown): void {
    const event = asObject(message);
    const type = asText(event?.type);
    if (event === null || type === null) return;
    if (type === 'session.created' || type === 'session.updated') this.#readSession(asObject(event.session));
    else if (type === 'response.done') this.#readResponse(asObject(event.response));
    else if (type.startsWith('response.')) {
      this.#begin(asText(asObject(event.response)?.id) ?? asText(event.response_id) ?? 'response');
      this.#speaks ||= SPEAKING.has(type);
    } else if (type === 'input_audio_buffer.committed') this.#hears = true;
    else if (type.startsWith(TRANSCRIPTION)) this.#readTranscription(type, event);
  }

  reading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#sessionId,
      runs: this.#runs.runs.map((run) => (run.model === this.#model ? { ...run, model: null } : run)),
      usageIsFinal: true,
      // What was still made when the session ended is charged, and not told.
      hasUnpricedParts: this.#hasUnpricedParts || this.#open.size > 0,
      finishReason: this.#finishReason,
      complete: true,
    };
  }

  #readSession(session: JsonObject | null): void {
    if (session === null) return;
    this.#sessionId = asText(session.id) ?? this.#sessionId;
    this.#model = asText(session.model) ?? this.#model;
    const audioInput = asObject(asObject(session.audio)?.input);
    const transcription = asObject(audioInput?.transcription) ?? asObject(session.input_audio_transcription);
    this.#transcriptionModel = asText(transcription?.model) ?? this.#transcriptionModel;
  }

  #readResponse(response: JsonObject | null): void {
    const usage = asObject(response?.usage);
    this.#open.delete(asText(response?.id) ?? 'response');
    this.#open.delete('response');
    this.#finishReason = asText(response?.status) ?? this.#finishReason;
    // Where the session goes on with another model, each answer stays with its own.
    // What is sound has a price of its own, and is not told.
    this.#hasUnpricedParts ||= usage !== null && this.#hidesSound(usage);
    this.#speaks = false;
    if (usage !== null) this.#add('message', asText(response?.model) ?? this.#model, usage);
    else if (response?.status !== 'failed') this.#hasUnpricedParts = true;
  }

  #hidesSound(counts: JsonObject): boolean {
    const hidesInput = this.#hears && asObject(counts.input_token_details) === null;
    return hidesInput || (this.#speaks && tokenUsage(counts).outputAudioTokens === 0);
  }

  #readTranscription(type: string, event: JsonObject): void {
    const item = `item ${asText(event.item_id) ?? ''}`;
    if (type.endsWith('.delta')) this.#begin(item);
    if (type.endsWith('.failed')) this.#open.delete(item);
    if (!type.endsWith('.completed')) return;
    this.#open.delete(item);
    const usage = asObject(event.usage);
    // One that is charged by its length in time carries no tokens; one that tells nothing is charged all the same.
    if (usage === null || asText(usage.type) === 'duration') this.#hasUnpricedParts = true;
    else {
      // Another model than the session's hears; its price is not the session's.
      const isUnnamed = this.#transcriptionModel === null;
      this.#hasUnpricedParts ||= isUnnamed;
      this.#add('transcription', this.#transcriptionModel, usage, isUnnamed ? { unpricedCalls: 1 } : {});
    }
  }

  #begin(id: string): void {
    if (this.#open.size < OPEN_MAX) this.#open.add(id);
    else this.#hasUnpricedParts = true;
  }

  #add(kind: string, model: string | null, counts: JsonObject, more: ExtraUsage = {}): void {
    const usage = tokenUsage(counts);
    if (!isUsed(usage)) {
      this.#hasUnpricedParts = true;
      return;
    }
    this.#figures += 1;
    const run = { kind, model, usage, serviceTier: null, speed: null, inferenceGeo: null };
    const extra: ExtraUsage = { ...pictureTokens(counts), ...more };
    const saysMore = Object.values(extra).some((count) => count > 0);
    this.#runs.add(saysMore ? { ...run, extra } : run);
  }
}
