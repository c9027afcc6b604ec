// Records: hands every call on to where it would have gone, its answer back as it comes, and writes both down.

import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, request as send } from 'undici';
import { setsOwnCookie, withoutOwnCookies } from '../access/login/session-cookie.ts';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName } from '../core/protocol.ts';
import { type EgressProxies, EgressWay } from '../upstream/egress.ts';
import { joinUpstreamPath } from '../upstream/join-url.ts';
import { answerError, type MountedCall, type MountServer, startMountServer } from './mount-server.ts';
import type { RecordedCall } from './recording.ts';
import { keptHeaders, type Writing } from './written.ts';

export interface RecordCallsOptions {
  readonly bases: Readonly<Record<ProtocolName, URL>>;
  /** On the way there; null for none. */
  readonly proxies: EgressProxies | null;
  readonly writing: Writing;
  readonly clock: Clock;
  readonly write: (call: RecordedCall) => void;
  /** The call of this number is not in the recording. */
  readonly onUnwritten: (number: number, reason: unknown) => void;
}

/** The connection's own, and what would bring an answer in another form than it is written in. */
const NOT_FORWARDED = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'expect',
  'accept-encoding',
  'proxy-authorization',
  'te',
  'trailer',
]);
const NOT_RETURNED = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
]);

const PATIENT = { headersTimeout: 0, bodyTimeout: 0 };

export async function startRecording(options: RecordCallsOptions): Promise<MountServer> {
  const way = new EgressWay(options.proxies, PATIENT);
  let number = 0;
  const server = await startMountServer((call) => {
    number += 1;
    return recordCall(options, way, number, call);
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await way.close();
    },
  };
}

/** For calls that a recording does not answer: they go where they would have gone, and are written nowhere. */
export function openForwarding({ bases, proxies }: Pick<RecordCallsOptions, 'bases' | 'proxies'>): {
  forward(call: MountedCall): Promise<void>;
  close(): Promise<void>;
} {
  const way = new EgressWay(proxies, PATIENT);
  return {
    forward: async (call) => {
      await handOn(bases, way, call);
    },
    close: () => way.close(),
  };
}

interface HandedOn {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly isWhole: boolean;
}

/** Null where nothing could be asked. */
async function handOn(
  bases: RecordCallsOptions['bases'],
  way: EgressWay,
  { api, method, path, body, request, response }: MountedCall,
): Promise<HandedOn | null> {
  const base = bases[api];
  let answer: Dispatcher.ResponseData;
  try {
    answer = await send(base.origin + joinUpstreamPath(base, path), {
      dispatcher: way.to(base),
      method: method as Dispatcher.HttpMethod,
      headers: { ...forwarded(request.headers), 'accept-encoding': 'identity' },
      body: body.length === 0 ? null : body,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new TokenWatchError(
      'upstream_connect_failed',
      `${base.origin} could not be asked: ${reason}`,
    );
    answerError(response, api, error);
    return null;
  }
  response.writeHead(answer.statusCode, returned(answer.headers));
  const chunks: Buffer[] = [];
  let isWhole = true;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      response.write(chunk);
    }
    response.end();
  } catch {
    // The program sees the break, and so does the recording.
    isWhole = false;
    response.destroy();
  }
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks), isWhole };
}

async function recordCall(
  { bases, writing, clock, write, onUnwritten }: RecordCallsOptions,
  way: EgressWay,
  number: number,
  call: MountedCall,
): Promise<void> {
  const began = clock.monotonicMs();
  const answer = await handOn(bases, way, call);
  if (answer === null) return;
  const { api, method, path } = call;
  try {
    const headers = keptHeaders(answer.headers);
    write({
      number,
      api,
      method,
      path: writing.text(path),
      request: writing.body(call.body),
      status: answer.status,
      headers,
      answer: writing.answer(api, path, headers['content-type'] ?? '', answer.body),
      isWhole: answer.isWhole,
      ms: Math.round(clock.monotonicMs() - began),
    });
  } catch (error) {
    onUnwritten(number, error);
  }
}

/** Browsers send the dashboard's session to every port of this machine: it is not the upstream's. */
function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = keptOf(headers, NOT_FORWARDED);
  const cookie = headers.cookie === undefined ? null : withoutOwnCookies(headers.cookie);
  if (cookie === null) delete kept.cookie;
  else kept.cookie = cookie;
  return kept;
}

function returned(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = keptOf(headers, NOT_RETURNED);
  const cookies = [kept['set-cookie'] ?? []].flat().filter((line) => !setsOwnCookie(line));
  if (cookies.length === 0) delete kept['set-cookie'];
  else kept['set-cookie'] = cookies;
  return kept;
}

function keptOf(headers: IncomingHttpHeaders, not: ReadonlySet<string>): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !not.has(name));
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}
