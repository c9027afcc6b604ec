// A stored Responses answer in the other form: the response that a stream ends with, and the stream of a response.

import type { ReplayForm, StoredAnswer } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject, parseJson } from '../json/json-value.ts';
import { bytesOf, pieces, streamDocuments, textOf } from '../replay-text.ts';

export function replayResponse(answer: StoredAnswer, form: ReplayForm): Uint8Array | null {
  if (form.stream === (answer.form === 'stream')) return answer.body;
  if (form.stream) {
    const response = asObject(parseJson(textOf(answer.body)));
    const events = response === null ? null : responseEvents(response);
    return events === null
      ? null
      : bytesOf(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
  }
  const last = streamDocuments(answer.body).findLast((event) => event.type === 'response.completed');
  const response = asObject(last?.response);
  return response === null || !isKnown(response) ? null : bytesOf(JSON.stringify(response));
}

/** The events that the provider would have sent for this completed response. */
function responseEvents(response: JsonObject): JsonObject[] | null {
  if (response.object !== 'response' || response.status !== 'completed' || !isKnown(response)) return null;
  const begun = { ...response, status: 'in_progress', output: [], usage: null, completed_at: null };
  const events: JsonObject[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
  ];
  for (const [output_index, value] of asArray(response.output).entries()) {
    const item = asObject(value);
    if (item === null) return null;
    events.push({ type: 'response.output_item.added', output_index, item: emptied(item) });
    events.push(...itemEvents(item, { item_id: item.id, output_index }));
    events.push({ type: 'response.output_item.done', output_index, item });
  }
  events.push({ type: 'response.completed', response });
  return events.map((event, sequence_number) => ({ ...event, sequence_number }));
}

const KNOWN_ITEMS = new Set<unknown>(['message', 'function_call', 'reasoning']);

function isKnown(response: JsonObject): boolean {
  return asArray(response.output).every((item) => KNOWN_ITEMS.has(asObject(item)?.type));
}

/** An item as it is announced. */
function emptied(item: JsonObject): JsonObject {
  if (item.type === 'message') return { ...item, status: 'in_progress', content: [] };
  if (item.type === 'function_call') return { ...item, status: 'in_progress', arguments: '' };
  if (item.type === 'reasoning') return { ...item, summary: [] };
  return item;
}

function itemEvents(item: JsonObject, place: JsonObject): JsonObject[] {
  if (item.type === 'function_call') {
    const text = asText(item.arguments) ?? '';
    const type = 'response.function_call_arguments';
    return [
      ...pieces(text).map((delta) => ({ type: `${type}.delta`, ...place, delta })),
      { type: `${type}.done`, ...place, name: item.name, arguments: text },
    ];
  }
  if (item.type === 'reasoning') {
    return asArray(item.summary).flatMap((value, summary_index) =>
      partEvents(
        asObject(value) ?? {},
        { ...place, summary_index },
        'reasoning_summary_part',
        'reasoning_summary_text',
      ),
    );
  }
  if (item.type !== 'message') return [];
  return asArray(item.content).flatMap((value, content_index) => {
    const part = asObject(value) ?? {};
    const isRefusal = part.type === 'refusal';
    return partEvents(
      part,
      { ...place, content_index },
      'content_part',
      isRefusal ? 'refusal' : 'output_text',
    );
  });
}

function partEvents(part: JsonObject, place: JsonObject, partName: string, textName: string): JsonObject[] {
  const field = textName === 'refusal' ? 'refusal' : 'text';
  const text = asText(part[field]) ?? '';
  const isOutput = textName === 'output_text';
  const logprobs = isOutput ? { logprobs: part.logprobs ?? [] } : {};
  const noLogprobs = isOutput ? { logprobs: [] } : {};
  const emptyPart = { ...part, [field]: '', ...(isOutput ? { annotations: [], ...noLogprobs } : {}) };
  const annotations = asArray(part.annotations).map((annotation, annotation_index) => ({
    type: 'response.output_text.annotation.added',
    ...place,
    annotation_index,
    annotation,
  }));
  return [
    { type: `response.${partName}.added`, ...place, part: emptyPart },
    ...pieces(text).map((delta) => ({ type: `response.${textName}.delta`, ...place, delta, ...noLogprobs })),
    ...annotations,
    { type: `response.${textName}.done`, ...place, [field]: text, ...logprobs },
    { type: `response.${partName}.done`, ...place, part },
  ];
}
