// The port that a recorded or played program talks to: both APIs under their mounts, one handler for every call.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName } from '../core/protocol.ts';
import { endWith } from '../runtime/last-word.ts';
import { http } from '../runtime/node-http.ts';
import { PROTOCOLS } from './written.ts';

export interface MountedCall {
  readonly api: ProtocolName;
  readonly method: string;
  /** Under the mount, with the query. */
  readonly path: string;
  readonly body: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface MountServer {
  readonly url: string;
  close(): Promise<void>;
}

export const BODY_BYTES_MAX = 64 * 1024 * 1024;
const MOUNT = /^\/(anthropic|openai)(\/.*|\?.*)?$/;

export async function startMountServer(handle: (call: MountedCall) => Promise<void>): Promise<MountServer> {
  const server = http.createServer((request, response) => {
    take(request, response, handle).catch((cause: unknown) => {
      const error = new TokenWatchError(
        'internal_error',
        cause instanceof Error ? cause.message : String(cause),
      );
      if (response.headersSent) response.destroy();
      else answerError(response, 'openai', error);
    });
  });
  // A WebSocket would not be recorded: its client must not think that it was.
  server.on('upgrade', (_request, socket) => {
    endWith(socket, 'HTTP/1.1 501 Not Implemented\r\nconnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (call: MountedCall) => Promise<void>,
): Promise<void> {
  const mount = MOUNT.exec(request.url ?? '');
  if (mount === null) {
    const message = `${request.url} is under neither /anthropic nor /openai.`;
    answerError(response, 'openai', new TokenWatchError('unknown_route', message));
    return;
  }
  const api = mount[1] as ProtocolName;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Whoever sends too much is told so: the connection stays.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      const message = `The body is larger than ${BODY_BYTES_MAX} bytes, the most that is recorded and played.`;
      answerError(response, api, new TokenWatchError('body_too_large', message));
      return;
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  await handle({ api, method: request.method ?? 'GET', path: mount[2] ?? '/', body, request, response });
}

/** In the shape of the API, and not to be tried again. */
export function answerError(response: ServerResponse, api: ProtocolName, error: TokenWatchError): void {
  const protocol = PROTOCOLS[api];
  const body = JSON.stringify(protocol.errorBody(error, 'recording', protocol.endpoint('GET', '/')));
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'x-tokenwatch-error': error.code,
    'x-should-retry': 'false',
  });
  response.end(body);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
