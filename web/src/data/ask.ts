// The one way to the server: JSON in, JSON out, and errors in its own words.

import type { ErrorAnswer } from '../../../src/dashboard/contract.ts';
import { serverClock } from './server-clock.ts';

/** What the window is told when the server does not know any more who asks. */
export const LOGGED_OUT = 'tokenwatch-logged-out';

/** A report takes less, even over very many records: what takes longer is not coming. */
const ANSWER_MS_MAX = 60_000;

class AskError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface AskOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Throws `AskError` with what the server said, or with why it was not reached. */
export async function ask<T>(path: string, { method = 'GET', body, signal }: AskOptions = {}): Promise<T> {
  // A change is waited for, however long it takes: nobody could tell whether it was made.
  const patience = method === 'GET' ? AbortSignal.timeout(ANSWER_MS_MAX) : null;
  const signals = [signal, patience].filter((one) => one != null);
  let response: Response;
  let document: T | ErrorAnswer | null;
  try {
    response = await fetch(path, {
      method,
      signal: AbortSignal.any(signals),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    serverClock.hear(response.headers.get('date'));
    document = await documentOf(response);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    if (patience?.aborted)
      throw new AskError(0, 'timeout', `TokenWatch has not answered within ${ANSWER_MS_MAX / 1000} s.`);
    throw new AskError(0, 'unreachable', 'TokenWatch does not answer. Is it running?');
  }
  if (response.ok && document !== null) return document as T;
  if (response.status === 401) dispatchEvent(new Event(LOGGED_OUT));
  const error = (document as ErrorAnswer | null)?.error;
  throw new AskError(
    response.status,
    error?.code ?? 'internal_error',
    error?.message ?? `The server answered ${response.status} without saying why.`,
  );
}

/** Null where it is no JSON: a balancer's page of errors. */
async function documentOf<T>(response: Response): Promise<T | null> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What a later question may not meet: the server is not there, or cannot answer just now. */
export const isPassing = (error: unknown): boolean =>
  error instanceof AskError && (error.status === 0 || error.status >= 500);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
