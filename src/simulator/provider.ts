// The simulated provider: a real HTTP server that speaks both protocols, for tests, benchmarks and the demo.
// The same body always gets the same words and figures; only ids and times differ.

import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../core/clock.ts';
import { http } from '../runtime/node-http.ts';
import type { Answer } from './answer.ts';
import { deliver } from './deliver.ts';
import { readBody, understand } from './incoming-request.ts';
import { serveRealtime } from './openai/realtime.ts';
import { type Random, randomFrom, seedOf } from './random.ts';
import { answerFor, errorAnswer, errorEvent, headersFor, speaksAnthropic } from './router.ts';
import { Shelf } from './shelf.ts';

export interface SimulatedProviderOptions {
  /** `realistic`: each model's time to first token and speed; `none` (the default): at once. */
  readonly latency?: 'none' | 'realistic';
  /** The share of requests to a model that fail with 429, 500 or 529/503, from 0 to 1. */
  readonly errorRate?: number;
  /** Keeps every request with its body in `requests`. Off by default: a benchmark must not grow. */
  readonly recording?: boolean;
  readonly seed?: number;
  readonly port?: number;
  readonly clock?: Clock;
}

export interface RecordedRequest {
  readonly method: string;
  /** As it stood on the request line. */
  readonly url: string;
  /** Names and values in turn, as they arrived. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** How the exchange ended; `aborted` where the connection closed before the answer was out. */
  readonly closed: Promise<'finished' | 'aborted'>;
}

export interface SimulatedProvider {
  /** `http://127.0.0.1:PORT`, without a path: `/v1/…` and unversioned paths are both served. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  /** Open connections to this server, for tests that watch aborts. */
  openConnections(): number;
  /** Resolves with the request of that position (0: the first) as soon as it has arrived. Needs `recording`. */
  arrival(index: number): Promise<RecordedRequest>;
  /** Cuts every connection. May be called again. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const DEFAULT_SEED = 1;
const CLIENT_FAULT_STATUS = 400;

export async function startSimulatedProvider(
  options: SimulatedProviderOptions = {},
): Promise<SimulatedProvider> {
  const requests: RecordedRequest[] = [];
  const waiting = new Map<number, (request: RecordedRequest) => void>();
  const shelf = new Shelf();
  const seed = options.seed ?? DEFAULT_SEED;
  let count = 0;
  const server = http.createServer((incoming, response) => {
    count += 1;
    const identity = randomFrom(seedOf(String(count), seed));
    serve(incoming, response, { options, shelf, seed, identity, record }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  function record(request: RecordedRequest): void {
    requests.push(request);
    const index = requests.length - 1;
    waiting.get(index)?.(request);
    waiting.delete(index);
  }
  const realtime = serveRealtime(server);
  let connections = 0;
  let closed: Promise<void> | undefined;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  server.listen(options.port ?? 0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}`,
    port,
    requests,
    openConnections: () => connections,
    arrival: (index) =>
      new Promise((resolve) => {
        const there = requests[index];
        if (there === undefined) waiting.set(index, resolve);
        else resolve(there);
      }),
    close: () => {
      realtime.close();
      closed ??= closeServer(server);
      return closed;
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

interface Context {
  readonly options: SimulatedProviderOptions;
  readonly shelf: Shelf;
  readonly seed: number;
  readonly identity: Random;
  readonly record: (request: RecordedRequest) => void;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { options, identity, shelf } = context;
  const recording = options.recording ?? false;
  const isDocument = (incoming.headers['content-type'] ?? 'application/json').includes('json');
  const closed = closing(response);
  const body = await readBody(incoming, recording || isDocument);
  if (body === null) return;
  if (recording) {
    const { method = '', url = '', rawHeaders, headers } = incoming;
    context.record({ method, url, rawHeaders, headers, body: body.bytes, closed });
  }
  const { request, fault } = understand(incoming, isDocument ? body : null, {
    identity,
    seed: context.seed,
    bodyBytes: body.length,
    nowMs: (options.clock ?? systemClock).now(),
  });
  const { simulation } = request;
  let answer: Answer;
  if (fault !== null) answer = errorAnswer(request, CLIENT_FAULT_STATUS, fault);
  else if ((simulation.status ?? 0) >= CLIENT_FAULT_STATUS) {
    answer = errorAnswer(request, simulation.status ?? CLIENT_FAULT_STATUS);
  } else if (request.model !== '' && identity.next() < (options.errorRate ?? 0)) {
    const overloaded = speaksAnthropic(request) ? 529 : 503;
    answer = errorAnswer(request, identity.pick([429, 500, overloaded]));
  } else answer = answerFor(request, shelf);
  await deliver(response, {
    request,
    answer,
    headers: headersFor(request),
    errorEvent: errorEvent(request),
    realisticLatency: options.latency === 'realistic',
  });
}

function closing(response: ServerResponse): Promise<'finished' | 'aborted'> {
  return new Promise((resolve) => {
    response.once('close', () => resolve(response.writableFinished ? 'finished' : 'aborted'));
  });
}
