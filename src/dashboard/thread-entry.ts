// The dashboard's thread. What only the traffic's loop knows is asked of it; everything else happens here.

import { parentPort, workerData } from 'node:worker_threads';
import { AuditLog } from '../access/audit/audit-log.ts';
import { Door } from '../access/login/door.ts';
import { LoginRecord } from '../access/login/login-record.ts';
import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { OwnPage } from '../core/own-page.ts';
import { giveWay } from '../runtime/give-way.ts';
import { loadAhead } from '../runtime/load-ahead.ts';
import type { LiveCounted } from './contract.ts';
import type { Answer } from './handlers/handlers.ts';
import { happenedElsewhere, happeningsOf } from './live/happenings.ts';
import { type DashboardServer, startDashboard } from './server.ts';
import type { FromThread, ThreadSettings, ThreadWishes, ToThread } from './thread-messages.ts';

const port = parentPort;
if (port === null) throw new Error('the dashboard’s thread must run as a worker thread');
giveWay();
const settings = workerData as ThreadSettings;
const waiting = new Map<number, PromiseWithResolvers<unknown>>();
/** What the live sockets had counted when a question of the totals began to be answered, and when its answer came. */
const counts = new Map<number, { readonly before: LiveCounted | null; readonly after: LiveCounted | null }>();
let lastId = 0;
let stopLoading = (): void => undefined;
let egress: typeof fetch | null = null;
/** Resolved once the journal's lines come. */
let following = Promise.withResolvers<void>();

const say = (message: FromThread): void => port.postMessage(message);

function asked<T>(question: (id: number) => FromThread): Promise<T> {
  lastId += 1;
  const answer = Promise.withResolvers<unknown>();
  waiting.set(lastId, answer);
  say(question(lastId));
  return answer.promise as Promise<T>;
}

/** The totals, with where the live sockets stood before and after they were read. */
async function stats(question: (id: number) => FromThread): Promise<unknown> {
  let asking = 0;
  try {
    const totals = await asked<Answer<'stats'>>((id) => {
      asking = id;
      return question(id);
    });
    const { before = null, after = null } = counts.get(asking) ?? {};
    // Sums that began anew meanwhile cannot be held against those before.
    const isOne = before?.epoch === after?.epoch;
    return { ...totals, counted: isOne ? before : null, countedAfter: isOne ? after : null };
  } finally {
    counts.delete(asking);
  }
}

function take(dashboard: DashboardServer, door: Door, message: ToThread): void {
  if (message.type === 'lines')
    dashboard.push({ happenings: happeningsOf(message.lines), ended: message.ended });
  else if (message.type === 'retune')
    say({ type: 'retuned', fault: faultOf(dashboard, door, message.wishes) });
  else if (message.type === 'certificate') dashboard.showCertificate(message.pair);
  else if (message.type === 'others') dashboard.push(happenedElsewhere(message.lines));
  else if (message.type === 'replay') dashboard.showReplay(message.run);
  else if (message.type === 'following') following.resolve();
  else if (message.type === 'reading') counts.set(message.id, { before: dashboard.counted, after: null });
  else if (message.type === 'close') void dashboard.close().then(() => port?.close());
  else {
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    const counted = counts.get(message.id);
    if (counted !== undefined) counts.set(message.id, { ...counted, after: dashboard.counted });
    if (message.type === 'answer') answer?.resolve(message.value);
    else {
      const { code, message: words, headers } = message.error;
      answer?.reject(code === null ? new Error(words) : new TokenWatchError(code, words, { headers }));
    }
  }
}

/** Null where all of it is in force. */
function faultOf(
  dashboard: DashboardServer,
  door: Door,
  { door: ofDoor, ...wishes }: ThreadWishes,
): string | null {
  try {
    door.retune(ofDoor);
    dashboard.retune(wishes);
    stopLoading();
    stopLoading = loadAhead(() => loadLogin(door));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Only a login provider is asked, and what asks it takes a third of this thread's start to load. */
const fetchWhenAsked: typeof fetch = async (...request) => {
  const { egressFetch } = await import('../upstream/egress.ts');
  egress ??= egressFetch(settings.proxies);
  return egress(...request);
};

async function loadLogin(door: Door): Promise<void> {
  if (door.hasProvider) await Promise.all([door.load(), import('../upstream/egress.ts')]);
}

try {
  const warn = (message: string): void => say({ type: 'warning', message });
  const log = new AuditLog(settings.access.dataDir);
  const door = new Door({
    ...settings.access,
    record: new LoginRecord({ log, clock: systemClock, warn }),
    fetch: fetchWhenAsked,
  });
  const dashboard = await startDashboard({
    ...settings,
    door,
    handle: (name, input, visitor) => {
      const question = (id: number): FromThread => ({ type: 'api', id, name, input, visitor });
      return name === 'stats' ? stats(question) : asked(question);
    },
    pages: { page: (path, accept) => asked<OwnPage | null>((id) => ({ type: 'page', id, path, accept })) },
    onListening: (isOn) => {
      following = Promise.withResolvers();
      if (!isOn) following.resolve();
      say({ type: 'follow', isOn });
      return following.promise;
    },
    warn,
  });
  stopLoading = loadAhead(() => loadLogin(door));
  port.on('message', (message: ToThread) => take(dashboard, door, message));
  say({ type: 'listening', url: dashboard.url });
} catch (error) {
  const code = error instanceof TokenWatchError ? error.code : null;
  const message = error instanceof Error ? error.message : String(error);
  say({ type: 'failed', error: { code, message, headers: {} } });
  port.close();
}
