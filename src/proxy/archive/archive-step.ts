// Decides whether a request is kept in the prompt archive, and gives it what copies it. The request and its answer pass
// as they would without it.

import type { IncomingHttpHeaders } from 'node:http';
import type { ArchiveQueue } from '../../archive/archive-queue.ts';
import type { Transcript } from '../../core/transcript.ts';
import { type ArchiveRule, archives } from '../../policy/archive-policy.ts';
import type { Exchange } from '../exchange.ts';
import { CopyingTranscript } from './copying-transcript.ts';

export interface ArchiveStepOptions {
  readonly queue: ArchiveQueue;
  readonly rules: () => readonly ArchiveRule[];
  /** For requests that no rule is about. */
  readonly stores: boolean;
}

/** Their answers are vectors: there is nothing to read or to replay. */
const NO_PROMPTS: ReadonlySet<string> = new Set(['embeddings']);

export class ArchiveStep {
  readonly #options: ArchiveStepOptions;

  constructor(options: ArchiveStepOptions) {
    this.#options = options;
  }

  /** Null for a request that is not to be kept. */
  open(exchange: Exchange): Transcript | null {
    const { endpoint, body, tag } = exchange;
    if (body === null || !endpoint.hasModel || !endpoint.metered || NO_PROMPTS.has(endpoint.name))
      return null;
    const { queue, rules, stores } = this.#options;
    const subject = { app: exchange.caller.app, tag };
    if (!archives(rules(), subject, stores)) return null;
    // What could not be read is handed over all the same: the archive counts what it cannot store.
    const request = body.text ?? body.bytes;
    return new CopyingTranscript(queue, request, {
      protocol: exchange.mount.protocol.name,
      path: exchange.path,
      headers: formHeaders(exchange.headers),
    });
  }
}

/** What says which form of its API a request speaks; without it, it could not be asked again. */
function formHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> | null {
  const found: Record<string, string> = {};
  let isEmpty = true;
  for (const name of FORM_HEADERS) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    found[name] = value;
    isEmpty = false;
  }
  return isEmpty ? null : found;
}

const FORM_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta'];
