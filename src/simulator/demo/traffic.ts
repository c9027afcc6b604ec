// The demo's traffic: a bounded, repeatable stream of requests from several applications through the proxy.

import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../random.ts';
import { type PlannedRequest, planRequest, Sessions } from './traffic-apps.ts';

export interface TrafficOptions {
  readonly proxyUrl: string;
  readonly requests: number;
  readonly ratePerSecond: number;
  readonly seed?: number;
  /** Stops sending, and aborts what is under way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrafficProgress) => void;
}

export interface TrafficProgress {
  readonly sent: number;
  readonly completed: number;
  /** Answered with an error status, or broken off. */
  readonly failed: number;
  /** Given up by the client on purpose. */
  readonly aborted: number;
  readonly inFlight: number;
}

const IN_FLIGHT_MAX = 64;
const DEFAULT_SEED = 7;

type Ending = 'completed' | 'failed' | 'aborted';

/** Resolves when every request has ended. */
export async function sendTraffic(options: TrafficOptions): Promise<TrafficProgress> {
  const { requests, ratePerSecond, signal, onProgress } = options;
  const random = randomFrom(options.seed ?? DEFAULT_SEED);
  const sessions = new Sessions(random);
  const counts = { sent: 0, completed: 0, failed: 0, aborted: 0 };
  const inFlight = new Set<Promise<void>>();
  const progress = () => ({ ...counts, inFlight: inFlight.size });
  const launch = (planned: PlannedRequest) => {
    counts.sent += 1;
    const ended = send(options.proxyUrl, planned, signal).then((ending) => {
      counts[ending] += 1;
      inFlight.delete(ended);
      onProgress?.(progress());
    });
    inFlight.add(ended);
    onProgress?.(progress());
  };
  while (counts.sent < requests && signal?.aborted !== true) {
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
    launch(planRequest(random, sessions));
    // Arrivals are irregular, as people's are; their mean is the asked rate.
    const gapMs = (-Math.log(1 - random.next()) * 1000) / ratePerSecond;
    await sleep(gapMs, undefined, signal === undefined ? {} : { signal }).catch(ignoreAbort);
  }
  await Promise.all(inFlight);
  return progress();
}

async function send(
  proxyUrl: string,
  planned: PlannedRequest,
  stop: AbortSignal | undefined,
): Promise<Ending> {
  const patience = planned.abortAfterMs === null ? null : AbortSignal.timeout(planned.abortAfterMs);
  const signal = AbortSignal.any([patience, stop].filter((one) => one !== null && one !== undefined));
  try {
    const { path, headers, body } = planned;
    const response = await fetch(`${proxyUrl}${path}`, { method: 'POST', headers, body, signal });
    await response.arrayBuffer();
    return response.ok ? 'completed' : 'failed';
  } catch {
    // A break and an abort both arrive as an exception; the signal tells them apart.
    return signal.aborted ? 'aborted' : 'failed';
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
