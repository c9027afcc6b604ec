// Sends what happens to open dashboards, gathered a few times a second. Without a dashboard nothing is gathered,
// and a slow one loses events instead of holding memory: it is told, and asks anew.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LiveFeed } from '../core/journal.ts';
import type { RequestRecord } from '../core/record.ts';
import type { LiveMessage } from './contract.ts';

const GATHER_MS = 100;
/** Requests in one message; past it some are left out. */
const RECORDS_MAX = 500;
/** Bytes that may wait for a reader. */
const WAITING_BYTES_MAX = 1024 * 1024;
const PING_MS = 30_000;
const INCOMING_BYTES_MAX = 1024;
/** A browser that does not say goodbye within this time is cut off when the server closes. */
const CLOSE_GRACE_MS = 500;

export class LiveSockets {
  readonly #feed: LiveFeed;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: INCOMING_BYTES_MAX });
  readonly #missed = new WeakSet<WebSocket>();
  readonly #silent = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;
  #gathered = new Map<string, RequestRecord>();
  #leftOut = false;
  #timer: NodeJS.Timeout | null = null;
  #unsubscribe: (() => void) | null = null;

  constructor(feed: LiveFeed) {
    this.#feed = feed;
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => {
      this.#unsubscribe ??= this.#feed.subscribe(({ record }) => this.#gather(record));
      client.on('pong', () => this.#silent.delete(client));
      client.on('error', () => client.terminate());
      client.on('close', () => {
        if (this.#server.clients.size > 0) return;
        this.#unsubscribe?.();
        this.#unsubscribe = null;
      });
    });
  }

  close(): void {
    clearInterval(this.#pings);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#unsubscribe?.();
    for (const client of this.#server.clients) {
      client.close(1001);
      const cutOff = setTimeout(() => client.terminate(), CLOSE_GRACE_MS);
      client.once('close', () => clearTimeout(cutOff));
    }
    this.#server.close();
  }

  #gather(record: RequestRecord): void {
    if (this.#gathered.size >= RECORDS_MAX && !this.#gathered.has(record.id)) this.#leftOut = true;
    else this.#gathered.set(record.id, record);
    this.#timer ??= setTimeout(() => this.#send(), GATHER_MS);
  }

  #send(): void {
    this.#timer = null;
    const records = [...this.#gathered.values()];
    const leftOut = this.#leftOut;
    this.#gathered = new Map();
    this.#leftOut = false;
    const complete = messageText(records, leftOut);
    const afterGap = leftOut ? complete : messageText(records, true);
    for (const client of this.#server.clients) {
      if (client.bufferedAmount > WAITING_BYTES_MAX) {
        this.#missed.add(client);
        // It is told as soon as it has caught up, even if nothing happens any more.
        this.#timer ??= setTimeout(() => this.#send(), GATHER_MS);
      } else if (this.#missed.delete(client)) client.send(afterGap);
      else if (records.length > 0) client.send(complete);
    }
  }

  /** A browser that does not answer by the next ping has gone without a word. */
  #ping(): void {
    for (const client of this.#server.clients) {
      if (this.#silent.has(client)) client.terminate();
      else {
        this.#silent.add(client);
        client.ping();
      }
    }
  }
}

function messageText(records: readonly RequestRecord[], missed: boolean): string {
  const message: LiveMessage = { records, missed };
  return JSON.stringify(message);
}
