// The lists that both protocols have: models, and uploaded files (their sizes are kept, not their bytes).

import { type Answer, document, type ProviderRequest } from './answer.ts';
import { anthropicError } from './anthropic/shapes.ts';
import { modelNames } from './models.ts';
import { openaiError } from './openai/shapes.ts';
import { anthropicId, shortId } from './random.ts';
import type { Shelf } from './shelf.ts';

const RELEASED = '2025-09-29T00:00:00Z';

export function answerModels(request: ProviderRequest, isAnthropic: boolean): Answer {
  const wanted = request.path.slice('/models/'.length);
  const rows = modelNames(isAnthropic ? 'anthropic' : 'openai').map((id) =>
    isAnthropic
      ? { type: 'model', id, display_name: id, created_at: RELEASED }
      : { id, object: 'model', created: Date.parse(RELEASED) / 1000, owned_by: 'system' },
  );
  if (wanted !== '') {
    const row = rows.find(({ id }) => id === wanted);
    return row === undefined ? notFound(request, isAnthropic, `model ${wanted}`) : document(row);
  }
  return isAnthropic
    ? document({ data: rows, has_more: false, first_id: rows[0]?.id, last_id: rows.at(-1)?.id })
    : document({ object: 'list', data: rows });
}

export function answerFiles(request: ProviderRequest, shelf: Shelf, isAnthropic: boolean): Answer {
  const id = request.path.split('/')[2] ?? '';
  if (id === '' && request.method === 'POST') {
    const file = isAnthropic
      ? {
          id: anthropicId('file', request.identity),
          type: 'file',
          filename: 'upload',
          mime_type: request.headers['content-type'] ?? null,
          size_bytes: request.bodyBytes,
          created_at: new Date(request.nowMs).toISOString(),
        }
      : {
          id: shortId('file-', 24, request.identity),
          object: 'file',
          filename: 'upload',
          purpose: 'user_data',
          bytes: request.bodyBytes,
          created_at: Math.floor(request.nowMs / 1000),
        };
    shelf.put(file.id, file);
    return document(file);
  }
  if (id === '') return document({ object: 'list', data: shelf.list('file'), has_more: false });
  const file = shelf.get(id);
  if (file === undefined) return notFound(request, isAnthropic, `file ${id}`);
  if (request.method !== 'DELETE') return document(file);
  shelf.delete(id);
  return document(isAnthropic ? { id, type: 'file_deleted' } : { id, object: 'file', deleted: true });
}

function notFound(request: ProviderRequest, isAnthropic: boolean, what: string): Answer {
  const body = isAnthropic
    ? anthropicError(404, `${what} not found`, request)
    : openaiError(404, `${what} not found`);
  return document(body, 0, 404);
}
