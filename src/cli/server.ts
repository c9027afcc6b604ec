// Finds the server that runs on the data folder, and asks it; without one, the same is asked of the store.

import { text as textOf } from 'node:stream/consumers';
import { readFolderToken } from '../access/login/folder-token.ts';
import { COMMAND_USER_HEADER, commandVisitor } from '../access/login/role.ts';
import { userName } from '../access/login/user-name.ts';
import { ERROR_KINDS, type ErrorCode, TokenWatchError } from '../core/errors.ts';
import type { ErrorAnswer, StatusAnswer } from '../dashboard/contract.ts';
import type { Answer, Question } from '../dashboard/handlers/handlers.ts';
import { type EndpointName, pathOf, VERSION_ROOT } from '../dashboard/paths.ts';
import type { LocalName } from '../local-api.ts';
import { placeOf, wholePlaceOf } from '../record/server-place.ts';
import { http } from '../runtime/node-http.ts';
import type { Settings } from '../settings.ts';
import { tlsFilesOf } from '../tls/tls-files.ts';
import type { CommandContext } from './command.ts';

const OK = 200;
const STATUS_TIMEOUT_MS = 1000;
/** One whose process lives answers, however busy its machine is. */
const KNOWN_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * The one way of commands to what users set and to what was recorded: a running server answers at once and knows what is
 * in flight; a change is in force when its answer has come.
 */
export async function ask<Name extends LocalName>(
  context: Pick<CommandContext, 'settings'>,
  name: Name,
  question: Question<Name>,
): Promise<Answer<Name>> {
  const settings = context.settings();
  const server = await serverOf(settings);
  if (server !== null) return askServer(server, name, question);
  // Loaded only here: it brings the store with it.
  const { askStore } = await import('../local-api.ts');
  return askStore(settings, commandVisitor(userName()), name, question);
}

/** What is told in an outage is what the server has in memory. */
export function tellOutage({ print }: Pick<CommandContext, 'print'>, fault: string | null): void {
  if (fault !== null) print(`${fault} This is what the running server knows.`);
}

export interface RunningServer {
  /** Its dashboard's. */
  readonly url: string;
  readonly status: StatusAnswer;
}

/** The server that runs on the data folder; null without one. */
export async function serverOf(settings: Settings): Promise<RunningServer | null> {
  const url = dashboardUrlOf(settings);
  const status = await serverStatus(url, settings.TOKENWATCH_DATA_DIR);
  // Whoever answers where the settings point may have another folder.
  return status?.dataDir === settings.TOKENWATCH_DATA_DIR ? { url, status } : null;
}

/** Where the folder's server says that its dashboard is; without one, where the settings say so. */
export function dashboardUrlOf(settings: Settings): string {
  const told = placeOf(settings.TOKENWATCH_DATA_DIR);
  if (told !== null) return told;
  const host = settings.TOKENWATCH_HOST;
  const scheme = tlsFilesOf(settings, 'dashboard') === null ? 'http' : 'https';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${settings.TOKENWATCH_DASHBOARD_PORT}`;
}

interface ServerQuestion {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

interface ServerWords {
  readonly status: number;
  readonly text: string;
}

/** Rejects where nothing answers. */
async function askAt(url: string, dataDir: string, question: ServerQuestion): Promise<ServerWords> {
  if (url.startsWith('http:')) return askPlainly(url, question);
  const { timeoutMs, ...init } = question;
  const fetchHere = await fetchOf(dataDir);
  const response = await fetchHere(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, text: await response.text() };
}

/** `fetch` would do the same, but to load it is a quarter of what a command costs. */
function askPlainly(url: string, { body, timeoutMs, ...options }: ServerQuestion): Promise<ServerWords> {
  const answer = Promise.withResolvers<ServerWords>();
  const signal = AbortSignal.timeout(timeoutMs);
  const request = http.request(url, { ...options, signal }, (response) => {
    const status = response.statusCode ?? 0;
    textOf(response).then((text) => answer.resolve({ status, text }), answer.reject);
  });
  request.on('error', answer.reject);
  request.end(body);
  return answer.promise;
}

/** Over TLS, the folder's server is known by the certificate that it says it shows. */
export async function fetchOf(dataDir: string): Promise<typeof fetch> {
  const place = wholePlaceOf(dataDir);
  if (place === null || place.certificates.length === 0) return fetch;
  // Loaded only here: it brings a client of its own with it.
  const { pinnedFetch } = await import('../tls/pinned-fetch.ts');
  return pinnedFetch(() => place.certificates);
}

/** Whoever can read the folder may do everything. */
function credentialsOf(dataDir: string): Record<string, string> {
  const token = readFolderToken(dataDir);
  const user = encodeURIComponent(userName());
  return token === null ? {} : { authorization: `Bearer ${token}`, [COMMAND_USER_HEADER]: user };
}

/** Null where nothing of ours answers. It may keep its records elsewhere. */
export async function serverStatus(dashboardUrl: string, dataDir: string): Promise<StatusAnswer | null> {
  const isKnown = placeOf(dataDir) === dashboardUrl;
  try {
    const { status, text } = await askAt(`${dashboardUrl}/api/status`, dataDir, {
      headers: credentialsOf(dataDir),
      timeoutMs: isKnown ? KNOWN_TIMEOUT_MS : STATUS_TIMEOUT_MS,
    });
    if (isKnown && status === 401) throw strangeToken(dashboardUrl);
    return status === OK ? (JSON.parse(text) as StatusAnswer) : null;
  } catch (error) {
    if (error instanceof TokenWatchError) throw error;
    // No answer is the answer: nothing of ours listens there.
    return null;
  }
}

/** It runs, and asking the store in its stead would go by what it has long changed. */
function strangeToken(url: string): TokenWatchError {
  return new TokenWatchError(
    'login_required',
    `The server of this data folder, at ${url}, does not take the token that lies in the folder: it was replaced or deleted since the server read it. Send the server SIGHUP, or start it again: then it reads the token anew.`,
  );
}

/** The server's refusal is thrown as it would be here. */
export async function askServer<Name extends EndpointName>(
  { url, status }: RunningServer,
  name: Name,
  question: Question<Name>,
): Promise<Answer<Name>> {
  const { method, path, placeholder } = pathOf(name);
  const fields: Record<string, unknown> = { ...question };
  let place = path;
  if (placeholder !== null) {
    place = `${path}/${encodeURIComponent(String(fields[placeholder]))}`;
    delete fields[placeholder];
  }
  const isPost = method === 'POST';
  const given = Object.entries(fields).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === null ? [] : [[key, String(value)]],
  );
  const query = isPost || given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  let words: ServerWords;
  try {
    words = await askAt(url + VERSION_ROOT + place + query, status.dataDir, {
      method,
      timeoutMs: ANSWER_TIMEOUT_MS,
      headers: {
        ...credentialsOf(status.dataDir),
        ...(isPost && { 'content-type': 'application/json' }),
      },
      ...(isPost && { body: JSON.stringify(fields) }),
    });
  } catch (cause) {
    throw new TokenWatchError('internal_error', `The running server at ${url} did not answer.`, { cause });
  }
  const answer = JSON.parse(words.text) as Answer<Name> | ErrorAnswer;
  if (words.status === OK) return answer as Answer<Name>;
  const { code, message } = (answer as ErrorAnswer).error;
  throw new TokenWatchError(code in ERROR_KINDS ? (code as ErrorCode) : 'internal_error', message);
}
