// Anthropic Message Batches: created and finished at once; the results are JSON lines with usage in each.

import { type Answer, document, type ProviderRequest } from '../answer.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../json-value.ts';
import { modelProfile } from '../models.ts';
import { anthropicId } from '../random.ts';
import type { Shelf } from '../shelf.ts';
import { messageFor } from './messages.ts';
import { anthropicError } from './shapes.ts';

const ONE_DAY_MS = 86_400_000;

export function answerBatches(request: ProviderRequest, shelf: Shelf): Answer {
  const [, , , id = '', action] = request.path.split('/');
  if (id === '' && request.method === 'POST') return createBatch(request, shelf);
  if (id === '') {
    return document({ data: shelf.list('msgbatch_'), has_more: false, first_id: null, last_id: null });
  }
  const batch = shelf.get(id);
  if (batch === undefined) return document(anthropicError(404, `batch ${id} not found`, request), 0, 404);
  if (action !== 'results') return document(batch);
  const lines = listOf(objectOf(shelf.get(`results_of_${id}`)).lines).map((line) => JSON.stringify(line));
  return {
    kind: 'bytes',
    contentType: 'application/x-jsonl',
    body: Buffer.from(lines.map((line) => `${line}\n`).join('')),
  };
}

function createBatch(request: ProviderRequest, shelf: Shelf): Answer {
  const requests = listOf(objectOf(request.json).requests).map(objectOf);
  if (requests.length === 0) {
    return document(anthropicError(400, 'requests: at least one is required', request), 0, 400);
  }
  const id = anthropicId('msgbatch', request.identity);
  const host = request.headers.host ?? 'localhost';
  const batch: JsonObject = {
    id,
    type: 'message_batch',
    processing_status: 'ended',
    request_counts: { processing: 0, succeeded: requests.length, errored: 0, canceled: 0, expired: 0 },
    created_at: new Date(request.nowMs).toISOString(),
    ended_at: new Date(request.nowMs).toISOString(),
    expires_at: new Date(request.nowMs + ONE_DAY_MS).toISOString(),
    archived_at: null,
    cancel_initiated_at: null,
    results_url: `http://${host}/v1/messages/batches/${id}/results`,
  };
  shelf.put(id, batch);
  const lines = requests.map(({ custom_id, params }) => {
    const profile = modelProfile(textOf(objectOf(params).model));
    const message = messageFor(params, { ...request, profile });
    return { custom_id, result: { type: 'succeeded', message } };
  });
  shelf.put(`results_of_${id}`, { lines });
  return document({ ...batch, processing_status: 'in_progress', ended_at: null, results_url: null });
}
