// Sends what happens to open dashboards. Every record that starts or ends has a sequence number within this server's
// life (the epoch); a ring keeps the newest, so that a page that comes back gets exactly what it missed. Messages leave
// a few times a second, are encoded once for all, and hold at most a screenful of rows, less where it goes on and on: the
// figures beside them count what was left out. A page that reads too slowly gets a snapshot once it has caught up, instead
// of holding memory.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RequestRecord } from '../core/record.ts';
import type { LiveTotals, ReplayRun } from './contract.ts';
import { LiveCounters } from './live-counters.ts';
import { ROWS_MAX, RowAllowance } from './row-allowance.ts';

const GATHER_MS = 250;
/** In a flood: each message wakes every page, on the machine that serves the traffic. */
const FLOOD_GATHER_MS = 500;
const BEAT_MS = 2000;
/** Events that can be caught up with. */
const RING_EVENTS = 10_000;
/** Bytes that may wait for a reader before it is left to a snapshot. */
const WAITING_BYTES_MAX = 256 * 1024;
const PING_MS = 20_000;
const INCOMING_BYTES_MAX = 1024;
const CLIENTS_MAX = 500;
/** A browser that does not say goodbye within this time is cut off when the server closes. */
const CLOSE_GRACE_MS = 500;

interface Event {
  readonly seq: number;
  readonly record: RequestRecord;
}

export class LiveSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: INCOMING_BYTES_MAX,
    perMessageDeflate: false,
  });
  readonly #epoch = randomBytes(6).toString('hex');
  readonly #counters = new LiveCounters();
  readonly #allowance = new RowAllowance();
  readonly #onClients: (count: number) => Promise<void>;
  readonly #clientsMax: number;
  /** Those that have had their first message. */
  readonly #welcomed = new WeakSet<WebSocket>();
  readonly #slow = new WeakSet<WebSocket>();
  readonly #silent = new WeakSet<WebSocket>();
  /** Those that are told of replays. */
  readonly #replaying = new WeakSet<WebSocket>();
  /** The newest state of each run that is not told of yet, as a message. */
  readonly #runs = new Map<string, string>();
  readonly #pings: NodeJS.Timeout;
  readonly #beats: NodeJS.Timeout;
  #ring: Event[] = [];
  #seq = 0;
  #sentSeq = 0;
  /** Before it nothing can be caught up with: nobody listened, or the ring has moved on. */
  #oldestSeq = 0;
  #timer: NodeJS.Timeout | null = null;

  /**
   * `onClients` hears how many pages listen, whenever that changes, and resolves once whatever happens from then on is
   * pushed: a page is welcomed only then, so that nothing falls between its reports and its first event.
   */
  constructor(onClients: (count: number) => Promise<void>, clientsMax = CLIENTS_MAX) {
    this.#onClients = onClients;
    this.#clientsMax = clientsMax;
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
    this.#beats = setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  /** `seesReplays`: whether it is told of them, too. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, seesReplays: boolean): void {
    if (this.#server.clients.size >= this.#clientsMax) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => {
      if (seesReplays) this.#replaying.add(client);
      client.on('pong', () => this.#silent.delete(client));
      client.on('error', () => client.terminate());
      client.on('close', () => void this.#onClients(this.#server.clients.size));
      void this.#onClients(this.#server.clients.size).then(() => this.#welcome(client, request.url ?? ''));
    });
  }

  /** Takes in what happened, in order. */
  push(records: readonly RequestRecord[]): void {
    for (const record of records) {
      this.#seq += 1;
      this.#counters.add(record);
      this.#ring.push({ seq: this.#seq, record });
    }
    if (this.#ring.length > 2 * RING_EVENTS) this.#ring = this.#ring.slice(-RING_EVENTS);
    this.#oldestSeq = this.#ring[0]?.seq ?? this.#seq + 1;
    if (records.length > 0) this.#gather();
  }

  /** A page that missed it asks for the list when it is back. */
  showReplay(run: ReplayRun): void {
    if (this.#server.clients.size === 0) return;
    this.#runs.set(run.id, JSON.stringify({ type: 'replay', run }));
    this.#gather();
  }

  /** Nobody was told for a while: whoever comes back starts from a snapshot. */
  forget(): void {
    this.#ring = [];
    this.#seq += 1;
    this.#sentSeq = this.#seq;
    this.#oldestSeq = this.#seq + 1;
  }

  close(): void {
    clearInterval(this.#pings);
    clearInterval(this.#beats);
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const client of this.#server.clients) {
      client.close(1001);
      const cutOff = setTimeout(() => client.terminate(), CLOSE_GRACE_MS);
      client.once('close', () => clearTimeout(cutOff));
    }
    this.#server.close();
  }

  #welcome(client: WebSocket, url: string): void {
    // What is gathered goes to the others first: this one starts from here.
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#send();
    }
    this.#welcomed.add(client);
    client.send(this.#missedBy(url));
  }

  /** What a page missed, or where it begins. */
  #missedBy(url: string): string {
    const parameters = new URLSearchParams(url.split('?')[1]);
    const after = Number(parameters.get('after') ?? Number.NaN);
    const isKnown =
      parameters.get('epoch') === this.#epoch &&
      Number.isSafeInteger(after) &&
      after >= this.#oldestSeq - 1 &&
      after <= this.#seq;
    if (!isKnown) return this.#message('snapshot', this.#ring);
    return this.#message(
      'events',
      this.#ring.filter(({ seq }) => seq > after),
    );
  }

  #gather(): void {
    this.#timer ??= setTimeout(() => this.#send(), this.#allowance.isSpent ? FLOOD_GATHER_MS : GATHER_MS);
  }

  #send(): void {
    this.#timer = null;
    const news = this.#ring.slice(firstAfter(this.#ring, this.#sentSeq));
    this.#sentSeq = this.#seq;
    const rowsMax = this.#allowance.left(performance.now());
    this.#allowance.take(Math.min(news.length, rowsMax));
    const text = Buffer.from(this.#message('events', news, rowsMax));
    let snapshot: Buffer | null = null;
    for (const client of this.#server.clients) {
      if (!this.#welcomed.has(client)) continue;
      if (client.bufferedAmount > WAITING_BYTES_MAX) {
        this.#slow.add(client);
        // It is told as soon as it has caught up, even if nothing happens any more.
        this.#gather();
      } else if (this.#slow.delete(client)) {
        snapshot ??= Buffer.from(this.#message('snapshot', this.#ring));
        client.send(snapshot, { binary: false });
      } else if (news.length > 0) client.send(text, { binary: false });
      if (this.#replaying.has(client) && !this.#slow.has(client))
        for (const run of this.#runs.values()) client.send(run);
    }
    this.#runs.clear();
  }

  /** The newest state of each request, oldest first; what does not fit is counted. Only what is sent is encoded. */
  #message(type: 'events' | 'snapshot', events: readonly Event[], rowsMax = ROWS_MAX): string {
    const newest = new Map<string, RequestRecord>();
    for (const { record } of events) {
      newest.delete(record.id);
      newest.set(record.id, record);
    }
    const rows = [...newest.values()];
    const shown = rows.slice(-rowsMax);
    const totals: LiveTotals = this.#counters.totals;
    return `{"type":"${type}","epoch":"${this.#epoch}","seq":${this.#seq},"leftOut":${rows.length - shown.length},"totals":${JSON.stringify(totals)},"records":${JSON.stringify(shown)}}`;
  }

  /** Between messages: a page that hears nothing at all knows that the line is dead. */
  #beat(): void {
    const beat = JSON.stringify({ type: 'beat', epoch: this.#epoch, seq: this.#sentSeq });
    for (const client of this.#server.clients) {
      const isReading = this.#welcomed.has(client) && !this.#slow.has(client) && client.bufferedAmount === 0;
      if (isReading) client.send(beat);
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

/** The index of the first event behind a sequence number, which rise by one. */
function firstAfter(ring: readonly Event[], seq: number): number {
  const first = ring[0];
  return first === undefined ? 0 : Math.max(0, seq + 1 - first.seq);
}
