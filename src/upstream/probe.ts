// Asks an upstream for its models: a small real request that costs nothing, and says in words what is wrong.

import { counted } from '../core/counted.ts';
import type { TokenWatchError } from '../core/errors.ts';
import type { Upstream } from '../core/upstream.ts';
import type { Candidate } from './candidates.ts';
import { headersAt } from './credentials.ts';
import { type Forwarder, upstreamError } from './forward.ts';
import { joinUpstreamPath } from './join-url.ts';

export interface ProbeResult {
  /** Null where no answer came. */
  readonly status: number | null;
  readonly latencyMs: number;
  readonly error: TokenWatchError | null;
  /** How many models it names; null where its answer is no list. */
  readonly models: number | null;
}

const BODY_BYTES_MAX = 4 * 1024 * 1024;
const PATH = '/v1/models';

/** `key` is its own, or another to be tried; null without one. */
export function probe(forwarder: Forwarder, upstream: Upstream, key: string | null): Promise<ProbeResult> {
  const candidate: Candidate = { upstream, model: null, state: 'closed', rest: null, takesClientKey: false };
  const version = upstream.api === 'anthropic' ? ['anthropic-version', '2023-06-01'] : [];
  const began = performance.now();
  return new Promise((resolve) => {
    let status: number | null = null;
    let latencyMs = 0;
    let bytes = 0;
    const chunks: Buffer[] = [];
    const done = (error: TokenWatchError | null): void => {
      const took = status === null ? performance.now() - began : latencyMs;
      resolve({ status, latencyMs: took, error, models: error === null ? modelsIn(chunks) : null });
    };
    forwarder.dispatch(
      {
        origin: upstream.base.origin,
        path: joinUpstreamPath(upstream.base, PATH),
        method: 'GET',
        headers: headersAt(candidate, [...version, 'accept', 'application/json'], key),
        body: null,
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, answered) {
          if (answered < 200) return;
          status = answered;
          latencyMs = performance.now() - began;
        },
        onResponseData(controller, chunk) {
          bytes += chunk.length;
          if (bytes > BODY_BYTES_MAX) controller.abort(new Error('the list of models is too long'));
          else chunks.push(chunk);
        },
        onResponseEnd: () => done(null),
        onResponseError: (_controller, cause) =>
          done(upstreamError(cause, upstream.base.origin, status !== null)),
      },
    );
  });
}

function modelsIn(chunks: readonly Buffer[]): number | null {
  try {
    const list = (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { data?: unknown } | null)?.data;
    return Array.isArray(list) ? list.length : null;
  } catch {
    // Not every upstream has such a list; the status has told enough.
    return null;
  }
}

/** What the result means, for people. */
export function describeProbe(upstream: Upstream, { status, latencyMs, error, models }: ProbeResult): string {
  const took = `${Math.round(latencyMs)} ms`;
  if (error !== null) return `${upstream.base.address} gave no answer: ${error.message}${hintFor(error)}`;
  if (status === 401 || status === 403)
    return `${upstream.base.address} answers (${took}), but refuses the key (${status}).`;
  if (status === 404)
    return `${upstream.base.address} answers (${took}), but has no list of models (404): the path may be wrong.`;
  if (status !== null && status >= 400) return `${upstream.base.address} answers with ${status} (${took}).`;
  return `${upstream.base.address} works: ${status} in ${took}${models === null ? '' : `, ${counted(models, 'model')}`}.`;
}

function hintFor({ cause }: TokenWatchError): string {
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ' No address is known for that host name (DNS).';
  if (code === 'ECONNREFUSED') return ' Nothing listens there.';
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|ERR_TLS|EPROTO/.test(code))
    return ' Its TLS certificate is not accepted, or it does not speak TLS there.';
  return '';
}
