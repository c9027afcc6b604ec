// WebSockets: the handshake is forwarded, and from then on bytes pass both ways untouched while a tap reads usage.
//
// States of a tunnel: shaking hands → open (101 was relayed) → closed; or shaking hands → refused (the upstream's
// own answer is relayed, or an error of ours). A session has no overall limit: it may be silent for as long as
// both ends like, and TCP keep-alive finds a dead one.

import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ChargedLines } from '../../core/charged-lines.ts';
import { type ErrorCode, TokenWatchError } from '../../core/errors.ts';
import { headerPairs } from '../../core/flat-headers.ts';
import type { HeldRoom } from '../../core/held-room.ts';
import type { Prices } from '../../core/price.ts';
import type { MeterReading } from '../../core/protocol.ts';
import type { BaseUrl } from '../../core/upstream.ts';
import { EMPTY_READING } from '../../protocols/meters/metering.ts';
import { http } from '../../runtime/node-http.ts';
import { refuseOnceConnected } from '../../runtime/refused-connection.ts';
import { upstreamError } from '../../upstream/forward.ts';
import type { EndOutcome } from '../ending.ts';
import { REQUEST_ID_HEADER } from '../error-response.ts';
import type { Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import { clientHeaders } from '../headers.ts';
import { withoutControls, writeUpstreamHead } from '../upstream-head.ts';
import { AskedTap } from './asked-tap.ts';
import { closeFrame, FrameEdge } from './frame-edge.ts';
import type { Handshake } from './handshake.ts';
import { type LargeMessages, MessageReading } from './message-reading.ts';
import { paySession } from './pay-session.ts';
import { SocketTap } from './socket-tap.ts';

export interface TunnelOptions {
  readonly connectTimeoutMs: number;
  /** False for a connection of its own. */
  readonly agentFor: (base: BaseUrl) => Agent | false;
  /** Bounds the wait for the upstream's answer to the handshake. */
  readonly answerTimeoutMs: number;
  /** Throws where nothing can be sent. */
  readonly prepareHandshake: (exchange: Exchange) => Handshake;
  /** Makes the start of the record durable. */
  readonly flush: () => void;
  /** For messages that would keep others waiting. */
  readonly parser: LargeMessages;
  /** For what messages hold until they have ended. */
  readonly room: HeldRoom;
  readonly prices: Prices;
  /** Told of what a session has paid. */
  readonly charged: ChargedLines;
}

const KEEP_ALIVE_MS = 30_000;
/** A client that was told of the end has this long to hang up itself. */
const LAST_WORD_MS = 1000;
/** Of the close frame, by what ended the session: service restart, internal error; else a policy. RFC 6455, 7.4.1. */
const CLOSE_STATUS: Partial<Record<ErrorCode, number>> = { shutting_down: 1012, internal_error: 1011 };

export class Tunnels {
  readonly #options: TunnelOptions;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  /** `extra`: headers for the answer, names and values in turn. */
  open(exchange: Exchange, socket: Duplex, head: Buffer, extra: readonly string[]): void {
    new Tunnel(this.#options, exchange, socket, head, extra).start();
  }
}

class Tunnel {
  readonly #options: TunnelOptions;
  readonly #exchange: Exchange;
  readonly #client: Duplex;
  readonly #head: Buffer;
  readonly #extra: readonly string[];
  #handshake: ClientRequest | null = null;
  #upstream: Socket | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #edge = new FrameEdge();
  #tap: SocketTap | null = null;
  #messages: MessageReading | null = null;
  /** Null where nothing that the client says is asked for. */
  #asked: AskedTap | null = null;
  /** Who went first, once the session was open. */
  #leftFirst: 'client' | 'upstream' | null = null;

  constructor(
    options: TunnelOptions,
    exchange: Exchange,
    client: Duplex,
    head: Buffer,
    extra: readonly string[],
  ) {
    this.#options = options;
    this.#exchange = exchange;
    this.#client = client;
    this.#head = head;
    this.#extra = extra;
  }

  start(): void {
    const { base } = this.#exchange;
    let asked: Handshake;
    try {
      asked = this.#options.prepareHandshake(this.#exchange);
    } catch (error) {
      this.#exchange.fail(error as TokenWatchError, 'refused');
      return;
    }
    const ask = base.protocol === 'https:' ? requestHttps : http.request;
    this.#exchange.workedBy(this);
    this.#client.on(
      'close',
      this.#guard(() => this.#leave('client')),
    );
    const handshake = ask({
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      path: asked.path,
      headers: asked.headers,
      agent: this.#options.agentFor(base),
    });
    this.#handshake = handshake;
    this.#wait(this.#options.connectTimeoutMs, 'upstream_connect_timeout');
    handshake.on('socket', (socket) => {
      refuseOnceConnected(socket);
      socket.once(base.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
        this.#wait(this.#options.answerTimeoutMs, 'upstream_timeout'),
      );
    });
    const accept = (answer: IncomingMessage, upstream: Duplex, first: Buffer): void =>
      this.#accept(answer, upstream as Socket, first);
    const refuse = (answer: IncomingMessage): void => this.#relayRefusal(answer);
    const fail = (cause: Error): void => this.#fail(cause);
    this.#client.on('readable', this.#seeEnd);
    this.#client.once('end', () => {
      if (this.#upstream === null) this.#client.destroy();
    });
    handshake.on('upgrade', this.#guard(accept));
    handshake.on('response', this.#guard(refuse));
    handshake.on('error', this.#guard(fail));
    handshake.end();
  }

  /** A client's end is seen only where its socket is read; what it sends early stays there until the session is open. */
  readonly #seeEnd = (): void => {
    if (this.#client.readableLength === 0) this.#client.read();
  };

  /** Ends the session now. One that the upstream has ended meanwhile has its last word, and a moment for the answer. */
  cut(error: TokenWatchError): void {
    if (this.#tap?.sawClose === true) {
      setTimeout(() => this.#client.destroy(), LAST_WORD_MS).unref();
      return;
    }
    this.#exchange.failure ??= { error, outcome: 'cut' };
    if (this.#upstream === null) this.#handshake?.destroy(error);
    else {
      this.#upstream.destroy();
      // Between two frames there is room for a last one; elsewhere it would be taken for a part of another.
      if (!this.#edge.isBetweenFrames) this.#client.destroy();
      else {
        this.#client.end(closeFrame(CLOSE_STATUS[error.code] ?? 1008, error.message));
        setTimeout(() => this.#client.destroy(), LAST_WORD_MS).unref();
      }
    }
  }

  #wait(ms: number, code: 'upstream_connect_timeout' | 'upstream_timeout'): void {
    this.#stopWaiting();
    const { origin } = this.#exchange.base;
    const message = `No WebSocket with ${origin} within ${ms / 1000} s. Check the address, or raise ${code === 'upstream_timeout' ? 'TOKENWATCH_OVERALL_TIMEOUT' : 'TOKENWATCH_CONNECT_TIMEOUT'}.`;
    this.#timer = setTimeout(() => this.#handshake?.destroy(new TokenWatchError(code, message)), ms);
  }

  #stopWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #accept(answer: IncomingMessage, upstream: Socket, first: Buffer): void {
    this.#stopWaiting();
    const exchange = this.#exchange;
    this.#upstream = upstream;
    exchange.status = answer.statusCode ?? 101;
    exchange.times.markFirstByte();
    this.#options.flush();
    this.#watch(answer.headers['sec-websocket-extensions']);
    this.#client.off('readable', this.#seeEnd);
    this.#relayUpgrade(answer);
    this.#join(upstream, first);
  }

  #relayUpgrade(answer: IncomingMessage): void {
    // One id, ours: the upstream may be a proxy of the same kind.
    const passed = headerPairs(answer.rawHeaders).filter(
      ([name]) => name.toLowerCase() !== REQUEST_ID_HEADER,
    );
    const lines = [...passed, [REQUEST_ID_HEADER, this.#exchange.id], ...headerPairs(this.#extra)]
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const phrase = withoutControls(answer.statusMessage ?? 'Switching Protocols');
    const status = `HTTP/1.1 101 ${phrase}`;
    this.#client.write(`${status}\r\n${lines}\r\n`, 'latin1');
  }

  /** From here on bytes pass both ways. `first` is what the upstream sent behind its handshake. */
  #join(upstream: Socket, first: Buffer): void {
    const exchange = this.#exchange;
    const client = this.#client;
    upstream.setNoDelay(true);
    upstream.setKeepAlive(true, KEEP_ALIVE_MS);
    const fromUpstream = (bytes: Buffer): void => {
      exchange.responseBytes += bytes.length;
      this.#edge.push(bytes);
      this.#tap?.push(bytes);
    };
    client.on('data', (bytes: Buffer) => {
      exchange.requestBytes += bytes.length;
      this.#asked?.push(bytes);
    });
    upstream.on('data', this.#guard(fromUpstream));
    upstream.on('end', () => this.#note('upstream'));
    upstream.on('error', () => upstream.destroy());
    const closed = (hadError: boolean): void => {
      this.#leave('upstream');
      // A break stays a break for the client.
      if (hadError) client.destroy();
    };
    upstream.on('close', this.#guard(closed));
    client.on('end', () => {
      this.#note('client');
      // There is no half a WebSocket: with its client a session is over, whether the upstream hangs up or not.
      setTimeout(() => client.destroy(), LAST_WORD_MS).unref();
    });
    if (first.length > 0) {
      fromUpstream(first);
      client.write(first);
    }
    if (this.#head.length > 0) {
      exchange.requestBytes += this.#head.length;
      this.#asked?.push(this.#head);
      upstream.write(this.#head);
    }
    client.pipe(upstream);
    upstream.pipe(client);
  }

  #watch(extensions: string | undefined): void {
    const { mount, endpoint } = this.#exchange;
    const meter = mount.protocol.messageMeter(endpoint);
    if (meter === null) return;
    const exchange = this.#exchange;
    const { room } = this.#options;
    // Behind the bytes that told it: they are the client's.
    const pay = (reading: MeterReading, answerKey: string | null): void =>
      process.nextTick(this.#guard(() => paySession(exchange, reading, answerKey, this.#options)));
    const messages = new MessageReading(meter, this.#options.parser, exchange, pay);
    this.#messages = messages;
    try {
      this.#tap = new SocketTap(extensions, (message) => messages.read(message), { room });
      const hear = this.#guard((message: unknown) => meter.readAsked?.(message));
      if (meter.readAsked !== undefined) this.#asked = new AskedTap(extensions, hear, room);
    } catch {
      // An extension that we do not know: the bytes pass, the figures are missing.
      this.#tap = null;
    }
  }

  #guard<Given extends unknown[]>(step: (...given: Given) => void): (...given: Given) => void {
    return guard(this.#exchange, step);
  }

  #note(side: 'client' | 'upstream'): void {
    this.#leftFirst ??= side;
  }

  /** One side is gone for good: so is the other, and the record is settled when both are. */
  #leave(side: 'client' | 'upstream'): void {
    this.#note(side);
    const upstream = this.#upstream;
    if (upstream === null) {
      this.#stopWaiting();
      const gone = new TokenWatchError('client_gone', 'The client went away.');
      this.#exchange.failure ??= { error: gone, outcome: 'client_gone' };
      this.#handshake?.destroy(gone);
      this.#exchange.finish(this.#exchange.failure.outcome, EMPTY_READING, this.#exchange.failure.error.code);
      return;
    }
    // What waits in a socket's buffer still goes out; a side that takes nothing more is cut by its own error.
    if (side === 'client') upstream.destroySoon();
    else this.#client.end();
    if (upstream.closed && this.#client.closed) this.#settle();
  }

  #settle(): void {
    const settle = (): void => {
      const told = this.#messages?.reading() ?? EMPTY_READING;
      // What could not be read may have cost more.
      const reading = this.#tap?.readAll ? told : { ...told, hasUnpricedParts: true };
      const { failure } = this.#exchange;
      const outcome = failure?.outcome ?? this.#outcome();
      this.#exchange.finish(outcome, reading, failure?.error.code ?? codeOf(outcome));
    };
    if (this.#tap === null) settle();
    else this.#tap.finish(this.#guard(() => this.#messages?.finish(this.#guard(settle))));
  }

  /** With the upstream's close frame the session has ended as it should, whoever wanted it. */
  #outcome(): EndOutcome {
    if (this.#tap?.sawClose ?? true) return 'completed';
    return this.#leftFirst === 'client' ? 'client_gone' : 'upstream_broken';
  }

  /** The upstream will not talk WebSocket: its answer is the client's. */
  #relayRefusal(answer: IncomingMessage): void {
    this.#stopWaiting();
    const exchange = this.#exchange;
    const { response } = exchange;
    const raw = answer.rawHeaders.map((text) => Buffer.from(text, 'latin1'));
    const headers = clientHeaders(raw);
    exchange.status = answer.statusCode ?? 502;
    exchange.upstreamRequestId = headers.upstreamRequestId;
    this.#options.flush();
    const extra = [REQUEST_ID_HEADER, exchange.id, ...this.#extra];
    writeUpstreamHead(response, exchange.status, answer.statusMessage ?? '', headers, extra);
    answer.on('data', (bytes: Buffer) => {
      exchange.responseBytes += bytes.length;
    });
    answer.on('error', () => response.destroy());
    answer.pipe(response);
    response.on('close', () =>
      exchange.finish(
        exchange.status === null || exchange.status >= 400 ? 'upstream_error' : 'completed',
        EMPTY_READING,
        null,
      ),
    );
  }

  #fail(cause: Error): void {
    this.#stopWaiting();
    const exchange = this.#exchange;
    if (this.#upstream !== null || exchange.response.headersSent) return;
    const known = exchange.failure;
    const error = known?.error ?? upstreamError(cause, exchange.base.origin, false);
    exchange.failure = known ?? { error, outcome: outcomeOf(error) };
    exchange.fail(error, exchange.failure.outcome);
  }
}

function outcomeOf(error: TokenWatchError): EndOutcome {
  return error.code === 'upstream_timeout' ? 'timed_out' : 'unreachable';
}

function codeOf(outcome: EndOutcome): string | null {
  return outcome === 'client_gone' || outcome === 'upstream_broken' ? outcome : null;
}
