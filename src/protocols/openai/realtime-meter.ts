// Counts a Realtime session from the events that the server sends: one usage for each response, and one for each
// transcription of what was heard.

import type { MessageMeter, MeterReading } from '../../core/protocol.ts';
import { RunSums } from '../../core/run-sums.ts';
import { asObject, asText, type JsonObject, parseJson } from '../json-value.ts';
import { EMPTY_READING } from '../metering.ts';
import { tokenUsage } from './usage.ts';

export class RealtimeMeter implements MessageMeter {
  readonly #runs = new RunSums();
  #model: string | null = null;
  #transcriptionModel: string | null = null;
  #sessionId: string | null = null;
  #finishReason: string | null = null;
  #hasUnpricedParts = false;

  /** Messages that are no JSON, or of no known kind, count as nothing. */
  read(text: string): void {
    const event = asObject(parseJson(text));
    const type = asText(event?.type);
    if (event === null || type === null) return;
    if (type === 'session.created' || type === 'session.updated') this.#readSession(asObject(event.session));
    else if (type === 'response.done') this.#readResponse(asObject(event.response));
    else if (type === 'conversation.item.input_audio_transcription.completed') {
      const usage = asObject(event.usage);
      // One that is charged by its length in time carries no tokens; one that tells nothing is charged all the same.
      if (usage === null || asText(usage.type) === 'duration') this.#hasUnpricedParts = true;
      else this.#add('transcription', this.#transcriptionModel, usage);
    }
  }

  reading(): MeterReading {
    return {
      ...EMPTY_READING,
      model: this.#model,
      responseId: this.#sessionId,
      runs: this.#runs.runs,
      usageIsFinal: true,
      hasUnpricedParts: this.#hasUnpricedParts,
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
    this.#finishReason = asText(response?.status) ?? this.#finishReason;
    if (usage !== null) this.#add('message', null, usage);
    else if (response?.status === 'completed') this.#hasUnpricedParts = true;
  }

  #add(kind: string, model: string | null, counts: JsonObject): void {
    const usage = tokenUsage(counts);
    this.#runs.add({ kind, model, usage, serviceTier: null, speed: null, inferenceGeo: null });
  }
}
