// Finds the server that runs on the data folder, by its dashboard's port.

import { ERROR_KINDS, type ErrorCode, TokenWatchError } from '../core/errors.ts';
import type { ErrorAnswer, StatusAnswer } from '../dashboard/contract.ts';
import type { Settings } from '../settings.ts';

const STATUS_TIMEOUT_MS = 1000;
const ANSWER_TIMEOUT_MS = 30_000;

/** Where the settings say that the dashboard is. */
export function dashboardUrlOf(settings: Settings): string {
  const host = settings.TOKENWATCH_HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.TOKENWATCH_DASHBOARD_PORT}`;
}

/** Null where nothing of ours answers. It may keep its records elsewhere. */
export async function serverStatus(dashboardUrl: string): Promise<StatusAnswer | null> {
  try {
    const response = await fetch(`${dashboardUrl}/api/status`, {
      signal: AbortSignal.timeout(STATUS_TIMEOUT_MS),
    });
    return response.ok ? ((await response.json()) as StatusAnswer) : null;
  } catch {
    // No answer is the answer: nothing of ours listens there.
    return null;
  }
}

/** Posts JSON; the server's refusal is thrown as it would be here. */
export async function postJson<T>(url: string, document: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
  } catch (cause) {
    throw new TokenWatchError('internal_error', `The running server at ${url} did not answer.`, { cause });
  }
  const answer = (await response.json()) as T | ErrorAnswer;
  if (response.ok) return answer as T;
  const { code, message } = (answer as ErrorAnswer).error;
  throw new TokenWatchError(code in ERROR_KINDS ? (code as ErrorCode) : 'internal_error', message);
}
