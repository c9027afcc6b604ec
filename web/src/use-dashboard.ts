// The page's data: asked for once, then kept fresh by the live socket. Figures that are sums are asked for anew
// while requests end, at most every two seconds; rows of the table are the live records themselves.

import { useEffect, useRef, useState } from 'preact/hooks';
import type {
  CacheAnswer,
  ErrorAnswer,
  LiveMessage,
  RangeName,
  RecentAnswer,
  RequestRecord,
  StatsAnswer,
  StatusAnswer,
  TimeseriesAnswer,
} from '../../src/dashboard/contract.ts';

export type Connection = 'connecting' | 'live' | 'lost';

export interface DashboardData {
  readonly stats: StatsAnswer | null;
  readonly apps: StatsAnswer | null;
  readonly series: TimeseriesAnswer | null;
  readonly cache: CacheAnswer | null;
  /** Newest first. */
  readonly recent: readonly RequestRecord[] | null;
  readonly status: StatusAnswer | null;
  readonly connection: Connection;
  /** What went wrong with the last question, in a sentence. */
  readonly fault: string | null;
}

const ROWS_MAX = 50;
const REFRESH_MS = 2000;
/** Without traffic the window still moves. */
const IDLE_REFRESH_MS = 60_000;
const RECONNECT_FIRST_MS = 500;
const RECONNECT_MAX_MS = 10_000;

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(path);
  const body: unknown = await response.json();
  if (!response.ok) throw new Error((body as ErrorAnswer).error.message);
  return body as T;
}

export function useDashboard(range: RangeName): DashboardData {
  const [sums, setSums] = useState<Pick<DashboardData, 'stats' | 'apps' | 'series' | 'cache'>>({
    stats: null,
    apps: null,
    series: null,
    cache: null,
  });
  const [recent, setRecent] = useState<readonly RequestRecord[] | null>(null);
  const [status, setStatus] = useState<StatusAnswer | null>(null);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [fault, setFault] = useState<string | null>(null);
  /** Asks for the sums soon; set by the effect that knows the range. */
  const refreshSoon = useRef<() => void>(() => {});

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const refresh = async (): Promise<void> => {
      timer = null;
      try {
        const [stats, apps, series, cache] = await Promise.all([
          ask<StatsAnswer>(`/api/stats?range=${range}&by=model&limit=8`),
          ask<StatsAnswer>(`/api/stats?range=${range}&by=app&limit=8`),
          ask<TimeseriesAnswer>(`/api/timeseries?range=${range}`),
          ask<CacheAnswer>(`/api/cache?range=${range}`),
        ]);
        if (!current) return;
        setSums({ stats, apps, series, cache });
        setFault(null);
      } catch (error) {
        if (current) setFault(`The figures cannot be loaded: ${messageOf(error)}`);
      }
    };
    refreshSoon.current = () => {
      timer ??= setTimeout(refresh, REFRESH_MS);
    };
    void refresh();
    const idle = setInterval(() => refreshSoon.current(), IDLE_REFRESH_MS);
    return () => {
      current = false;
      clearInterval(idle);
      if (timer !== null) clearTimeout(timer);
    };
  }, [range]);

  useEffect(() => {
    const load = async (): Promise<void> => {
      try {
        const [answer, nowStatus] = await Promise.all([
          ask<RecentAnswer>(`/api/recent?limit=${ROWS_MAX}`),
          ask<StatusAnswer>('/api/status'),
        ]);
        setRecent((known) => merged(known ?? [], answer.records));
        setStatus(nowStatus);
      } catch (error) {
        setFault(`The requests cannot be loaded: ${messageOf(error)}`);
      }
    };
    return follow({
      onOpen: () => {
        setConnection('live');
        refreshSoon.current();
        void load();
      },
      onLost: () => setConnection('lost'),
      onMessage: (message) => {
        setRecent((known) => merged(known ?? [], message.records));
        if (message.missed) void load();
        refreshSoon.current();
      },
    });
  }, []);

  return { ...sums, recent, status, connection, fault };
}

/** Newest first; a record that has ended is never replaced by an older state of itself. */
function merged(known: readonly RequestRecord[], news: readonly RequestRecord[]): readonly RequestRecord[] {
  const byId = new Map(known.map((record) => [record.id, record]));
  for (const record of news) {
    const before = byId.get(record.id);
    if (before === undefined || before.outcome === 'in_flight') byId.set(record.id, record);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, ROWS_MAX);
}

/** Keeps a socket open, with growing pauses between attempts. Returns what ends it. */
function follow(listeners: {
  readonly onOpen: () => void;
  readonly onLost: () => void;
  readonly onMessage: (message: LiveMessage) => void;
}): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let pauseMs = RECONNECT_FIRST_MS;
  const open = (): void => {
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws/live`);
    socket.onopen = () => {
      pauseMs = RECONNECT_FIRST_MS;
      listeners.onOpen();
    };
    socket.onmessage = (event) => listeners.onMessage(JSON.parse(String(event.data)) as LiveMessage);
    socket.onclose = () => {
      listeners.onLost();
      timer = setTimeout(open, pauseMs);
      pauseMs = Math.min(pauseMs * 2, RECONNECT_MAX_MS);
    };
  };
  open();
  return () => {
    if (timer !== null) clearTimeout(timer);
    if (socket !== null) socket.onclose = null;
    socket?.close();
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
