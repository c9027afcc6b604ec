// The dashboard in a thread of its own: sockets, page files and every encoding of what happens stay off the loop that
// serves traffic. That loop answers what only it knows, asked with what was checked here already, and hands on the
// journal's lines as they were written anyway.

import { once } from 'node:events';
import type { Visitor } from '../access/login/role.ts';
import type { EndedSums } from '../core/ended-sums.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { OwnPages } from '../core/own-page.ts';
import type { TlsPair } from '../core/tls-pair.ts';
import { startThread } from '../runtime/thread.ts';
import type { ReplayRun } from './contract.ts';
import { GatheredLines } from './live/gathered-lines.ts';
import type { HandledName } from './paths.ts';
import type { Dashboard } from './server.ts';
import type { FromThread, ThreadSettings, ThreadWishes, ToThread } from './thread-messages.ts';

export interface ThreadOptions extends ThreadSettings {
  /** Answers an endpoint for a visitor who may ask it. */
  readonly handle: (name: HandledName, input: unknown, visitor: Visitor) => Promise<unknown>;
  readonly pages: OwnPages;
  /** Hands every line of the journal to `reader`, with the sums of what has ended, or to nobody. */
  readonly readLines: (reader: ((lines: string, ended: EndedSums) => void) | null) => void;
  /** The same of the records that others write; resolves once whatever they write from then on is handed on. */
  readonly readOthers: (reader: ((lines: string) => void) | null) => Promise<void>;
  /** Resolves once what others have written by now is handed on. */
  readonly hearOthers: () => Promise<void>;
  readonly warn: (message: string) => void;
}

export interface DashboardThread extends Dashboard {
  /** For requests from now on. Throws what could not be taken. */
  retune(wishes: ThreadWishes): Promise<void>;
  showCertificate(pair: TlsPair): void;
  /** Tells the pages that listen how far a replay is. */
  showReplay(run: ReplayRun): void;
}

type Question = Extract<FromThread, { readonly type: 'api' | 'page' }>;

/** Throws what keeps it from listening. */
export async function startDashboardThread(options: ThreadOptions): Promise<DashboardThread> {
  const { warn, readLines, readOthers, hearOthers } = options;
  const worker = startThread(new URL('./thread-entry', import.meta.url), { workerData: dataOf(options) });
  const post = (message: ToThread): void => worker.postMessage(message);
  const gathered = new GatheredLines((lines, ended) => isOver || post({ type: 'lines', lines, ended }));
  const listening = Promise.withResolvers<string>();
  let isOver = false;
  let retuned = Promise.withResolvers<string | null>();
  /** How often it was turned on or off. */
  let follows = 0;
  const stopReading = (): void => {
    readLines(null);
    void readOthers(null);
  };
  worker.on('message', (message: FromThread) => {
    if (message.type === 'listening') listening.resolve(message.url);
    else if (message.type === 'failed')
      listening.reject(new TokenWatchError(message.error.code ?? 'internal_error', message.error.message));
    else if (message.type === 'warning') warn(message.message);
    else if (message.type === 'retuned') retuned.resolve(message.fault);
    else if (message.type === 'follow') {
      const { isOn } = message;
      follows += 1;
      const turn = follows;
      readLines(isOn ? (lines, ended) => gathered.add(lines, ended) : null);
      void readOthers(isOn ? (lines) => post({ type: 'others', lines }) : null).then(() => {
        if (isOn && turn === follows && !isOver) post({ type: 'following' });
      });
    } else {
      // Before it waits for anything, it has what happened written down.
      const answered = answer(options, message);
      const isOfTotals = message.type === 'api' && message.name === 'stats';
      if (isOfTotals) {
        gathered.flush();
        post({ type: 'reading', id: message.id });
      }
      void answered.then(async (reply) => {
        if (isOver) return;
        // And when it is answered, all that the answer may know of is handed on.
        if (isOfTotals) await hearOthers();
        if (isOver) return;
        gathered.flush();
        post(reply);
      });
    }
  });
  worker.on('error', (cause) => {
    stopReading();
    listening.reject(cause);
    warn(
      `The dashboard stopped: ${cause instanceof Error ? cause.message : String(cause)}. Traffic goes on.`,
    );
  });
  worker.once('exit', () => {
    isOver = true;
    retuned.resolve(null);
    stopReading();
  });
  const url = await listening.promise;
  return {
    url,
    async retune(wishes) {
      if (isOver) return;
      retuned = Promise.withResolvers();
      post({ type: 'retune', wishes });
      const fault = await retuned.promise;
      if (fault !== null) throw new TokenWatchError('invalid_setting', fault);
    },
    showCertificate: (pair) => {
      if (!isOver) post({ type: 'certificate', pair });
    },
    showReplay(run) {
      if (!isOver) post({ type: 'replay', run });
    },
    async close() {
      if (isOver) return;
      const exited = once(worker, 'exit');
      post({ type: 'close' });
      await exited;
    },
  };
}

/** What can be handed to a thread. */
function dataOf({
  host,
  port,
  tls,
  allowedHosts,
  bodyBytesMax,
  metricsToken,
  ...rest
}: ThreadOptions): ThreadSettings {
  const { version, pageFolder, access, proxies } = rest;
  return { host, port, tls, allowedHosts, bodyBytesMax, metricsToken, version, pageFolder, access, proxies };
}

async function answer({ handle, pages }: ThreadOptions, question: Question): Promise<ToThread> {
  const { id } = question;
  try {
    if (question.type === 'page')
      return { type: 'answer', id, value: await pages.page(question.path, question.accept) };
    return { type: 'answer', id, value: await handle(question.name, question.input, question.visitor) };
  } catch (error) {
    const known = error instanceof TokenWatchError ? error : null;
    const message = error instanceof Error ? error.message : String(error);
    return {
      type: 'refusal',
      id,
      error: { code: known?.code ?? null, message, headers: known?.headers ?? {} },
    };
  }
}
