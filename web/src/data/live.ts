// The live socket: what happens, as it happens. Reconnects with growing pauses and takes up where it stopped, by
// the sequence number of what it saw last; a server that has no longer what is missing sends a snapshot instead. Rows
// are asked for only while something on the page lists them.

import type {
  LiveCounted,
  LiveMessage,
  LiveWish,
  ReplayRun,
  RequestRecord,
} from '../../../src/dashboard/contract.ts';

export type Connection = 'connecting' | 'live' | 'stale' | 'lost';

export interface LiveState {
  readonly connection: Connection;
  /** Null before the first message. */
  readonly counted: LiveCounted | null;
  /** Changes with every message that says that something happened. */
  readonly tick: number;
}

export interface LiveNews {
  readonly records: readonly RequestRecord[];
  /** What happened while nobody listened is not known: what is shown must be asked for anew. */
  readonly isAnew: boolean;
  /** Requests that came too fast to be told one by one. */
  readonly leftOut: number;
}

interface Place {
  readonly epoch: string;
  readonly seq: number;
}

/** Messages that are told as one. */
interface Gathered {
  readonly counted: LiveCounted;
  /** Null where there were sums alone. */
  readonly place: Place | null;
  readonly news: LiveNews;
}

const RECONNECT_FIRST_MS = 500;
const RECONNECT_MAX_MS = 15_000;
/** The server says something at least every two seconds. */
const STALE_AFTER_MS = 5000;
const JITTER = 0.3;
/** A page that was held up has many messages before it: what comes within a frame is drawn together. */
const GATHER_MS = 16;

export class Live {
  readonly #stateListeners = new Set<(state: LiveState) => void>();
  readonly #newsListeners = new Set<(news: LiveNews) => void>();
  readonly #replayListeners = new Set<(run: ReplayRun) => void>();
  #state: LiveState = { connection: 'connecting', counted: null, tick: 0 };
  #isStarted = false;
  #socket: WebSocket | null = null;
  /** What was listed last. */
  #seen: Place | null = null;
  /** What the server sends: rows, or sums alone. */
  #hasRows = false;
  #pauseMs = RECONNECT_FIRST_MS;
  #staleTimer: ReturnType<typeof setTimeout> | null = null;
  #gathered: Gathered | null = null;

  get state(): LiveState {
    return this.#state;
  }

  /** A second call does nothing. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#open();
    document.addEventListener('visibilitychange', () => {
      // A page in the background is not drawn: it takes up again when somebody looks.
      if (document.hidden) this.#socket?.close();
      else if (this.#socket === null) this.#open();
    });
  }

  onState(listener: (state: LiveState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onNews(listener: (news: LiveNews) => void): () => void {
    this.#newsListeners.add(listener);
    this.#wish();
    return () => {
      this.#newsListeners.delete(listener);
      // Most often another takes its place at once.
      queueMicrotask(() => this.#wish());
    };
  }

  onReplay(listener: (run: ReplayRun) => void): () => void {
    this.#replayListeners.add(listener);
    return () => this.#replayListeners.delete(listener);
  }

  #open(): void {
    const { protocol, host } = location;
    const place = this.#seen === null ? '' : `&epoch=${this.#seen.epoch}&after=${this.#seen.seq}`;
    this.#hasRows = this.#newsListeners.size > 0;
    const socket = new WebSocket(
      `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws/live?rows=${this.#hasRows}${place}`,
    );
    this.#socket = socket;
    socket.onopen = () => {
      this.#pauseMs = RECONNECT_FIRST_MS;
      this.#wish();
    };
    socket.onmessage = (event) => this.#take(JSON.parse(String(event.data)) as LiveMessage);
    socket.onclose = () => {
      this.#tell();
      this.#socket = null;
      if (this.#staleTimer !== null) clearTimeout(this.#staleTimer);
      if (document.hidden) {
        this.#set({ connection: 'connecting' });
        return;
      }
      this.#set({ connection: 'lost' });
      setTimeout(
        () => {
          if (this.#socket === null && !document.hidden) this.#open();
        },
        this.#pauseMs * (1 + JITTER * Math.random()),
      );
      this.#pauseMs = Math.min(this.#pauseMs * 2, RECONNECT_MAX_MS);
    };
  }

  /** Tells the server where what is listed on the page has changed. */
  #wish(): void {
    const wantsRows = this.#newsListeners.size > 0;
    if (this.#socket?.readyState !== WebSocket.OPEN || wantsRows === this.#hasRows) return;
    this.#hasRows = wantsRows;
    const wish: LiveWish = wantsRows
      ? { rows: true, ...(this.#seen !== null && { epoch: this.#seen.epoch, after: this.#seen.seq }) }
      : { rows: false };
    this.#socket.send(JSON.stringify(wish));
  }

  #take(message: LiveMessage): void {
    if (this.#staleTimer !== null) clearTimeout(this.#staleTimer);
    this.#staleTimer = setTimeout(() => this.#set({ connection: 'stale' }), STALE_AFTER_MS);
    if (message.type === 'replay') {
      for (const listener of this.#replayListeners) listener(message.run);
      return;
    }
    if (message.type === 'beat') {
      this.#set({ connection: 'live' });
      return;
    }
    if (this.#gathered === null) setTimeout(() => this.#tell(), GATHER_MS);
    this.#gathered = withMessage(this.#gathered, message);
  }

  #tell(): void {
    const gathered = this.#gathered;
    this.#gathered = null;
    if (gathered === null) return;
    const { counted, place, news } = gathered;
    if (place !== null) {
      // What was sent before the server heard that nobody lists it is told again later.
      if (this.#hasRows) this.#seen = place;
      for (const listener of this.#newsListeners) listener(news);
    }
    this.#set({ connection: 'live', counted, tick: this.#state.tick + 1 });
  }

  #set(change: Partial<LiveState>): void {
    const next = { ...this.#state, ...change };
    if (next.connection === this.#state.connection && next.tick === this.#state.tick) return;
    this.#state = next;
    for (const listener of this.#stateListeners) listener(next);
  }
}

type Telling = Exclude<LiveMessage, { readonly type: 'beat' | 'replay' }>;

function withMessage(before: Gathered | null, message: Telling): Gathered {
  const counted = { epoch: message.epoch, ...message.totals };
  const news = before?.news ?? { records: [], isAnew: false, leftOut: 0 };
  if (message.type === 'totals') return { counted, place: before?.place ?? null, news };
  return {
    counted,
    place: { epoch: message.epoch, seq: message.seq },
    news: {
      records: [...news.records, ...message.records],
      isAnew: news.isAnew || message.type === 'snapshot',
      leftOut: news.leftOut + message.leftOut,
    },
  };
}
