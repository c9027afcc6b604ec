// The one way to the server: JSON in, JSON out, and errors in its own words.

import type { ErrorAnswer } from '../../../src/dashboard/contract.ts';

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
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(signal && { signal }),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new AskError(0, 'unreachable', 'TokenWatch does not answer. Is it running?');
  }
  const document = (await response.json().catch(() => null)) as T | ErrorAnswer | null;
  if (response.ok && document !== null) return document as T;
  const error = (document as ErrorAnswer | null)?.error;
  throw new AskError(
    response.status,
    error?.code ?? 'internal_error',
    error?.message ?? `The server answered ${response.status} without saying why.`,
  );
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
