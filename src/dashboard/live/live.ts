// Sends what happens to open dashboards. Every record that starts or ends has a sequence number within the time that
// pages listen without a break, in this server's life (the epoch); a ring keeps the newest, so that a page that comes
// back gets exactly what it missed. Messages leave a few times a second, are encoded once for all, and hold at most a
// screenful of rows, less where it goes on and on: the figures beside them count what was left out. A page that reads
// too slowly gets a snapshot once it has caught up, instead of holding memory. A page that lists no requests gets sums
// alone, and what it missed when it lists them again.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { NOTHING_ENDED, withSums } from '../../core/ended-sums.ts';
import { endWith } from '../../runtime/last-word.ts';
import type { LiveCounted, LiveTotals, LiveWish, ReplayRun } from '../contract.ts';
import type { Happened, Happening } from './happenings.ts';
import { ROWS_MAX, RowAllowance } from './row-allowance.ts';
import { Turns } from './turns.ts';

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
/** Of one page between two beats: people change what they look at a few times a second at the most. */
const WISHES_MAX = 20;
/** All are told within this many turns. */
const TURNS = 20;
/** So few that telling them at once holds up nobody. */
const AT_ONCE = 5;
/** A browser that does not say goodbye within this time is cut off when the server closes. */
const CLOSE_GRACE_MS = 500;
/** "Policy violation": what a page that has to log in again is closed with. */
const LOGIN_OVER = 1008;

/** What a listener may hear. */
export interface LiveRights {
  readonly seesReplays: boolean;
}

interface Event {
  readonly seq: number;
  readonly happening: Happening;
}

/** Where a page stopped. */
interface Place {
  readonly epoch: string | null;
  /** NaN where it does not say. */
  readonly after: number;
}

/** A message to all that list requests. */
interface Batch {
  readonly seq: number;
  readonly text: Buffer;
  /** For those that are behind, made for the first of them. */
  snapshot: { readonly seq: number; readonly text: Buffer } | null;
}

export class LiveSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: INCOMING_BYTES_MAX,
    perMessageDeflate: false,
  });
  readonly #allowance = new RowAllowance();
  readonly #onClients: (count: number) => Promise<void>;
  readonly #clientsMax: number;
  readonly #turns = new Turns();
  /** Up to which event each was told, once it has had its first message. */
  readonly #told = new WeakMap<WebSocket, number>();
  /** Those that list no requests. */
  readonly #rowless = new WeakSet<WebSocket>();
  readonly #slow = new WeakSet<WebSocket>();
  readonly #silent = new WeakSet<WebSocket>();
  /** What each may hear now; null once it may hear nothing any more. */
  readonly #rights = new WeakMap<WebSocket, () => LiveRights | null>();
  /** Those that are told of replays. */
  readonly #replaying = new WeakSet<WebSocket>();
  /** The newest state of each run that is not told of yet, as a message. */
  readonly #runs = new Map<string, string>();
  readonly #pings: NodeJS.Timeout;
  readonly #beats: NodeJS.Timeout;
  #epoch = newEpoch();
  #totals: LiveTotals = NOTHING_ENDED;
  #ring: Event[] = [];
  #seq = 0;
  #sentSeq = 0;
  /** When those without rows were told. */
  #totalsAtMs = 0;
  /** How often each has said something since the last beat: what it gets for that is dear to make. */
  #said = new WeakMap<WebSocket, number>();
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

  /** `rights` is asked again with each beat: a socket does not outlive the login that it came with. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, rights: () => LiveRights | null): void {
    if (this.#server.clients.size >= this.#clientsMax) {
      endWith(socket, 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => {
      this.#rights.set(client, rights);
      client.on('pong', () => this.#silent.delete(client));
      client.on('error', () => client.terminate());
      client.on('close', () => void this.#onClients(this.#server.clients.size));
      client.on('message', (data) => this.#hear(client, data));
      this.#mayListen(client);
      const parameters = new URLSearchParams(request.url?.split('?')[1]);
      if (parameters.get('rows') === 'false') this.#rowless.add(client);
      const place = { epoch: parameters.get('epoch'), after: Number(parameters.get('after') ?? Number.NaN) };
      void this.#onClients(this.#server.clients.size).then(() => this.#welcome(client, place));
    });
  }

  /** What was counted so far: a report that is made now can be moved on from here. */
  get counted(): LiveCounted {
    return { epoch: this.#epoch, ...this.#totals };
  }

  /** Takes in what happened, in order. */
  push({ happenings, ended }: Happened): void {
    this.#totals = withSums(this.#totals, ended);
    for (const happening of happenings) {
      this.#seq += 1;
      this.#ring.push({ seq: this.#seq, happening });
    }
    if (this.#ring.length > 2 * RING_EVENTS) this.#ring = this.#ring.slice(-RING_EVENTS);
    this.#oldestSeq = this.#ring[0]?.seq ?? this.#seq + 1;
    if (happenings.length > 0) this.#gather();
  }

  /** A page that missed it asks for the list when it is back. */
  showReplay(run: ReplayRun): void {
    if (this.#server.clients.size === 0) return;
    this.#runs.set(run.id, JSON.stringify({ type: 'replay', run }));
    this.#gather();
  }

  /** Nobody was told for a while: whoever comes back starts from a snapshot. */
  forget(): void {
    this.#epoch = newEpoch();
    this.#totals = NOTHING_ENDED;
    this.#ring = [];
    this.#seq += 1;
    this.#sentSeq = this.#seq;
    this.#oldestSeq = this.#seq + 1;
  }

  close(): void {
    clearInterval(this.#pings);
    clearInterval(this.#beats);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#turns.close();
    for (const client of this.#server.clients) dismiss(client, 1001);
    this.#server.close();
  }

  /** Whether it lists requests may have changed; whoever says something else is no page. */
  #hear(client: WebSocket, data: RawData): void {
    const said = (this.#said.get(client) ?? 0) + 1;
    this.#said.set(client, said);
    if (said > WISHES_MAX) {
      client.close(1008, 'too much is said at once');
      return;
    }
    const wish = readWish(String(data));
    if (wish === null) {
      client.close(1003, 'say {"rows":true,"epoch":"…","after":1} or {"rows":false}');
      return;
    }
    if (!wish.rows) this.#rowless.add(client);
    else if (this.#rowless.delete(client) && this.#told.has(client))
      this.#welcome(client, { epoch: wish.epoch ?? null, after: wish.after ?? Number.NaN });
  }

  #welcome(client: WebSocket, place: Place): void {
    if (client.bufferedAmount > WAITING_BYTES_MAX) {
      this.#slow.add(client);
      this.#gather();
      return;
    }
    // What is gathered goes to the others first: this one starts from here.
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#send();
    }
    this.#told.set(client, this.#seq);
    client.send(this.#rowless.has(client) ? this.#totalsMessage() : this.#missedBy(place));
  }

  /** What a page missed, or where it begins. */
  #missedBy({ epoch, after }: Place): string {
    const isKnown =
      epoch === this.#epoch &&
      Number.isSafeInteger(after) &&
      after >= this.#oldestSeq - 1 &&
      after <= this.#seq;
    if (!isKnown) return this.#message('snapshot', this.#ring);
    return this.#message('events', this.#ring.slice(firstAfter(this.#ring, after)));
  }

  #gather(): void {
    this.#timer ??= setTimeout(() => this.#send(), this.#allowance.isSpent ? FLOOD_GATHER_MS : GATHER_MS);
  }

  #send(): void {
    this.#timer = null;
    const news = this.#ring.slice(firstAfter(this.#ring, this.#sentSeq));
    const seq = this.#seq;
    this.#sentSeq = seq;
    const welcomed = [...this.#server.clients].filter((client) => this.#told.has(client));
    const listing = welcomed.filter((client) => !this.#rowless.has(client));
    const rowsMax = this.#allowance.left(performance.now(), Math.max(1, listing.length));
    this.#allowance.take(Math.min(news.length, rowsMax));
    if (listing.length > 0) {
      const text = news.length === 0 ? '' : this.#message('events', news, rowsMax);
      const message: Batch = { seq, text: Buffer.from(text), snapshot: null };
      const each = Math.max(AT_ONCE, Math.ceil(listing.length / TURNS));
      this.#turns.add(
        Array.from({ length: Math.ceil(listing.length / each) }, (_, turn) => () => {
          for (const client of listing.slice(turn * each, (turn + 1) * each)) this.#tell(client, message);
        }),
      );
    }
    if (performance.now() - this.#totalsAtMs >= BEAT_MS) this.#tellTotals();
    for (const client of welcomed)
      if (this.#replaying.has(client) && !this.#slow.has(client))
        for (const run of this.#runs.values()) client.send(run);
    this.#runs.clear();
  }

  #tell(client: WebSocket, batch: Batch): void {
    // It has changed what it lists meanwhile, and knows of this already.
    if (this.#rowless.has(client)) return;
    const told = this.#told.get(client) ?? 0;
    if (client.bufferedAmount > WAITING_BYTES_MAX) {
      this.#slow.add(client);
      // It is told as soon as it has caught up, even if nothing happens any more.
      this.#gather();
    } else if (this.#slow.delete(client)) {
      batch.snapshot ??= { seq: this.#seq, text: Buffer.from(this.#message('snapshot', this.#ring)) };
      client.send(batch.snapshot.text, { binary: false });
      this.#told.set(client, batch.snapshot.seq);
    } else if (told < batch.seq) {
      client.send(batch.text, { binary: false });
      this.#told.set(client, batch.seq);
    }
  }

  /** Those without rows: at once where they have heard nothing for a while, else with the next beat. */
  #tellTotals(): void {
    for (const client of this.#server.clients) {
      const told = this.#told.get(client) ?? this.#seq;
      if (!this.#rowless.has(client) || told === this.#seq || client.bufferedAmount > 0) continue;
      client.send(this.#totalsMessage());
      this.#told.set(client, this.#seq);
      this.#totalsAtMs = performance.now();
    }
  }

  #totalsMessage(): string {
    return JSON.stringify({ type: 'totals', epoch: this.#epoch, totals: this.#totals });
  }

  /** The newest state of each request, oldest first; what does not fit is counted. Only what is sent is encoded. */
  #message(type: 'events' | 'snapshot', events: readonly Event[], rowsMax = ROWS_MAX): string {
    const newest = new Map<string, Happening>();
    for (const { happening } of events) {
      newest.delete(happening.id);
      newest.set(happening.id, happening);
    }
    const shown = [...newest.values()].slice(-rowsMax);
    const rows = shown.map(({ row }) => row).filter((row) => row !== null);
    return `{"type":"${type}","epoch":"${this.#epoch}","seq":${this.#seq},"leftOut":${newest.size - shown.length},"totals":${JSON.stringify(this.#totals)},"records":[${rows.join()}]}`;
  }

  /** Between messages: a page that hears nothing at all knows that the line is dead. */
  #beat(): void {
    this.#said = new WeakMap();
    this.#tellTotals();
    for (const client of this.#server.clients) {
      if (!this.#mayListen(client)) continue;
      const told = this.#told.get(client);
      if (told === undefined || this.#slow.has(client) || client.bufferedAmount > 0) continue;
      client.send(`{"type":"beat","epoch":"${this.#epoch}","seq":${told}}`);
    }
  }

  /** Sends one away whose login is over. */
  #mayListen(client: WebSocket): boolean {
    const rights = this.#rights.get(client)?.() ?? null;
    if (rights?.seesReplays === true) this.#replaying.add(client);
    else this.#replaying.delete(client);
    if (rights === null) dismiss(client, LOGIN_OVER);
    return rights !== null;
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

const newEpoch = (): string => randomBytes(6).toString('hex');

function dismiss(client: WebSocket, code: number): void {
  client.close(code);
  const cutOff = setTimeout(() => client.terminate(), CLOSE_GRACE_MS);
  client.once('close', () => clearTimeout(cutOff));
}

/** The index of the first event behind a sequence number, which rise by one. */
function firstAfter(ring: readonly Event[], seq: number): number {
  const first = ring[0];
  return first === undefined ? 0 : Math.max(0, seq + 1 - first.seq);
}

function readWish(text: string): LiveWish | null {
  try {
    const { rows, epoch, after } = JSON.parse(text) as Record<string, unknown>;
    if (typeof rows !== 'boolean') return null;
    if (!rows) return { rows };
    return { rows, ...(typeof epoch === 'string' && { epoch }), ...(typeof after === 'number' && { after }) };
  } catch {
    return null;
  }
}
