// The dashboard in a thread of its own: sockets, page files and every encoding of what happens stay off the loop that
// serves traffic. That loop answers what only it knows, asked with what was checked here already, and hands on the
// journal's lines as they were written anyway.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Visitor } from '../access/role.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { OwnPages } from '../core/own-page.ts';
import type { HandledName } from './paths.ts';
import type { Dashboard } from './server.ts';
import type { FromThread, ThreadSettings, ToThread } from './thread-messages.ts';

export interface ThreadOptions extends ThreadSettings {
  /** Answers an endpoint for a visitor who may ask it. */
  readonly handle: (name: HandledName, input: unknown, visitor: Visitor) => Promise<unknown>;
  readonly pages: OwnPages;
  /** Hands every line of the journal to `reader`, or to nobody. */
  readonly readLines: (reader: ((lines: string) => void) | null) => void;
  readonly warn: (message: string) => void;
}

type Question = Extract<FromThread, { readonly type: 'api' | 'page' }>;

/** Throws what keeps it from listening. */
export async function startDashboardThread(options: ThreadOptions): Promise<Dashboard> {
  const { host, allowedHosts, port, version, pageFolder, bodyBytesMax, access, warn, readLines } = options;
  // Beside this file: TypeScript in a clone, JavaScript in the package.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const settings: ThreadSettings = { host, allowedHosts, port, version, pageFolder, bodyBytesMax, access };
  const worker = new Worker(new URL(`./thread-entry.${extension}`, import.meta.url), {
    workerData: settings,
  });
  const post = (message: ToThread): void => worker.postMessage(message);
  const listening = Promise.withResolvers<string>();
  let isOver = false;
  worker.on('message', (message: FromThread) => {
    if (message.type === 'listening') listening.resolve(message.url);
    else if (message.type === 'failed')
      listening.reject(new TokenWatchError(message.error.code ?? 'internal_error', message.error.message));
    else if (message.type === 'warning') warn(message.message);
    else if (message.type === 'follow') {
      readLines(message.isOn ? (lines) => post({ type: 'lines', lines }) : null);
      if (message.isOn) post({ type: 'following' });
    } else void answer(options, message).then((reply) => isOver || post(reply));
  });
  worker.on('error', (cause) => {
    readLines(null);
    listening.reject(cause);
    warn(
      `The dashboard stopped: ${cause instanceof Error ? cause.message : String(cause)}. Traffic goes on.`,
    );
  });
  worker.once('exit', () => {
    isOver = true;
    readLines(null);
  });
  const url = await listening.promise;
  return {
    url,
    async close() {
      if (isOver) return;
      const exited = once(worker, 'exit');
      post({ type: 'close' });
      await exited;
    },
  };
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
