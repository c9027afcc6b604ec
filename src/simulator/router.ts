// Which protocol and which operation a request means, and the error bodies around them.

import type { OutgoingHttpHeaders } from 'node:http';
import { type Answer, document, type ProviderRequest } from './answer.ts';
import { answerBatches } from './anthropic/batches.ts';
import { answerMessages, countTokens } from './anthropic/messages.ts';
import { anthropicError, anthropicErrorEvent, anthropicHeaders } from './anthropic/shapes.ts';
import { answerFiles, answerModels } from './files-and-models.ts';
import { answerChat } from './openai/chat.ts';
import { answerCompletions } from './openai/completions.ts';
import { answerEmbeddings } from './openai/embeddings.ts';
import { answerResponses, fetchResponse } from './openai/responses.ts';
import { openaiError, openaiErrorEvent, openaiHeaders } from './openai/shapes.ts';
import type { Shelf } from './shelf.ts';

/** Drops a prefix and the version: `/api/paas/v4/chat/completions` and `/v1/chat/completions` are one. */
export function operationPath(path: string): string {
  const versioned = /^(?:.*?)\/v\d+(?:beta)?(\/.*)$/.exec(path);
  return (versioned?.[1] ?? path).replace(/(.)\/+$/, '$1');
}

/** Both families list models and files under the same paths; only Anthropic's clients send its version. */
export function speaksAnthropic(request: Pick<ProviderRequest, 'path' | 'headers'>): boolean {
  return request.path.startsWith('/messages') || request.headers['anthropic-version'] !== undefined;
}

export function answerFor(request: ProviderRequest, shelf: Shelf): Answer {
  const { path } = request;
  const isAnthropic = speaksAnthropic(request);
  if (path === '/models' || path.startsWith('/models/')) return answerModels(request, isAnthropic);
  if (path === '/files' || path.startsWith('/files/')) return answerFiles(request, shelf, isAnthropic);
  if (path.startsWith('/messages/batches')) return answerBatches(request, shelf);
  if (path.startsWith('/responses/') && request.method === 'GET') return fetchResponse(request, shelf);
  if (request.method !== 'POST') return errorAnswer(request, 404, `Not Found: ${request.method} ${path}`);
  if (request.json === undefined) return errorAnswer(request, 400, 'The body is not valid JSON.');
  switch (path) {
    case '/messages':
      return answerMessages(request);
    case '/messages/count_tokens':
      return countTokens(request);
    case '/chat/completions':
      return answerChat(request);
    case '/responses':
      return answerResponses(request, shelf);
    case '/completions':
      return answerCompletions(request);
    case '/embeddings':
      return answerEmbeddings(request);
    default:
      return errorAnswer(request, 404, `Not Found: ${request.method} ${path}`);
  }
}

export function errorAnswer(request: ProviderRequest, status: number, message: string | null = null): Answer {
  const body = speaksAnthropic(request)
    ? anthropicError(status, message, request)
    : openaiError(status, message);
  return document(body, 0, status);
}

export function errorEvent(request: ProviderRequest): string {
  return speaksAnthropic(request) ? anthropicErrorEvent(request) : openaiErrorEvent();
}

export function headersFor(request: ProviderRequest): OutgoingHttpHeaders {
  return speaksAnthropic(request) ? anthropicHeaders(request) : openaiHeaders(request);
}
