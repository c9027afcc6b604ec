// Ids of tool calls, which travel in both directions and must fit both APIs.

import { hash } from 'node:crypto';
import { asText, type JsonObject } from '../protocols/json-value.ts';

const PORTABLE = /^[\w-]{1,40}$/;

/** The id itself where both APIs take it; otherwise another that always belongs to it. */
export function portableCallId(id: string): string {
  return PORTABLE.test(id) ? id : `call_${hash('sha256', id, 'hex').slice(0, 32)}`;
}

/** The ids of a history. Calls that have none are answered in their order. */
export class HistoryIds {
  #calls = 0;
  #results = 0;

  ofCall(id: string): string {
    if (id !== '') return portableCallId(id);
    this.#calls += 1;
    return portableCallId(`call ${this.#calls} of a history`);
  }

  ofResult(id: string): string {
    if (id !== '') return portableCallId(id);
    this.#results += 1;
    return portableCallId(`call ${this.#results} of a history`);
  }
}

/** The ids of the calls of one answer, each another: some servers give all their calls the same. */
export class CallIds {
  readonly #given = new Set<string>();

  fresh(call: JsonObject, answerId: unknown, position: number): string {
    const id = callIdOf(call, answerId, position);
    const fresh = this.#given.has(id) ? portableCallId(`call ${position} as ${id}`) : id;
    this.#given.add(fresh);
    return fresh;
  }
}

/** The id of a call in an answer. Some servers give none: then its place in the answer makes one. */
export function callIdOf(call: JsonObject, answerId: unknown, position: number): string {
  return portableCallId(asText(call.id) || `call ${position} of ${String(answerId)}`);
}

/** An id or a name in an answer, which clients read as a text: not every server gives one. */
export function idText(told: unknown): string {
  return typeof told === 'number' ? String(told) : (asText(told) ?? '');
}
