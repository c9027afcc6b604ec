// Sends chats from a number of clients, each one after the other, and times them.

import { setTimeout as delay } from 'node:timers/promises';
import { Agent } from 'undici';
import type { Subject } from './subjects.ts';

const MESSAGES = [{ role: 'user', content: 'word '.repeat(180) }];
const BODIES = {
  json: JSON.stringify({ model: 'gpt-4o', messages: MESSAGES }),
  stream: JSON.stringify({ model: 'gpt-4o', messages: MESSAGES, stream: true }),
};
export type Kind = keyof typeof BODIES;

/** Milliseconds from a request's dispatch to its first body byte, and to its end. Ascending. */
export interface Latencies {
  readonly firstByteMs: readonly number[];
  readonly wholeMs: readonly number[];
}

export class Load {
  readonly #agent = new Agent({ connections: null, pipelining: 1 });

  async send(subject: Subject, kind: Kind, count: number, clients: number): Promise<Latencies> {
    const firstByteMs: number[] = [];
    const wholeMs: number[] = [];
    let left = count;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const times = await this.#chat(subject, kind);
        firstByteMs.push(times.firstByteMs);
        wholeMs.push(times.wholeMs);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return { firstByteMs: ascending(firstByteMs), wholeMs: ascending(wholeMs) };
  }

  /** Sends at a rate, whatever the answers take, for so long. */
  async sendAtRate(subject: Subject, kind: Kind, perSecond: number, seconds: number): Promise<Latencies> {
    const firstByteMs: number[] = [];
    const wholeMs: number[] = [];
    const startMs = performance.now();
    const answers: Promise<void>[] = [];
    for (let index = 0; index < perSecond * seconds; index += 1) {
      const dueMs = startMs + (index * 1000) / perSecond;
      // Asleep, not in a busy loop: that would take turns of the processor from whom it measures, milliseconds long.
      while (performance.now() < dueMs) await delay(1);
      answers.push(
        this.#chat(subject, kind).then((times) => {
          firstByteMs.push(times.firstByteMs);
          wholeMs.push(times.wholeMs);
        }),
      );
    }
    await Promise.all(answers);
    return { firstByteMs: ascending(firstByteMs), wholeMs: ascending(wholeMs) };
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  #chat(subject: Subject, kind: Kind): Promise<{ firstByteMs: number; wholeMs: number }> {
    const { origin, pathname: path } = new URL(subject.url);
    const began = performance.now();
    let firstByteMs = Number.NaN;
    let answered = 0;
    return new Promise((resolve, reject) => {
      this.#agent.dispatch(
        { origin, path, method: 'POST', headers: subject.headers, body: BODIES[kind] },
        {
          onRequestStart() {},
          onResponseStart: (_controller, status) => {
            answered = status;
          },
          onResponseData: () => {
            if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - began;
          },
          onResponseEnd: () => {
            if (answered === 200) resolve({ firstByteMs, wholeMs: performance.now() - began });
            else reject(new Error(`${subject.name} answered ${answered}`));
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  }
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** Nearest rank of ascending values. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
}
