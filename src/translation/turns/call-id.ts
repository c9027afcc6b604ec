// Ids of tool calls, which travel in both directions and must fit both APIs.

import { hash } from 'node:crypto';
import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';

const PORTABLE = /^[\w-]{1,40}$/;

/** The id itself where both APIs take it; otherwise another that always belongs to it. */
export function portableCallId(id: string): string {
  return PORTABLE.test(id) ? id : `call_${hash('sha256', id, 'hex').slice(0, 32)}`;
}

/**
 * The ids of a history, each another: Anthropic's API refuses an id that comes again anywhere in a conversation, and
 * there are servers that begin anew with every answer. Calls of one id, or of none, are answered in their order.
 */
export class HistoryIds {
  readonly #given = new Set<string>();
  /** By what the client calls them: those of the latest answer that have no result yet. */
  readonly #open = new Map<string, string[]>();
  readonly #answered = new Map<string, string>();

  /** Another answer begins. */
  next(): void {
    this.#open.clear();
  }

  ofCall(id: string): string {
    const portable = portableCallId(id);
    const isTaken = id === '' || this.#given.has(portable);
    const fresh = isTaken ? portableCallId(`call ${this.#given.size + 1} of a history`) : portable;
    this.#given.add(fresh);
    this.#open.set(id, [...(this.#open.get(id) ?? []), fresh]);
    return fresh;
  }

  ofResult(id: string): string {
    const open = this.#open.get(id)?.shift();
    if (open !== undefined) this.#answered.set(id, open);
    return open ?? this.#answered.get(id) ?? portableCallId(id);
  }
}

/**
 * The ids of the calls of one answer, each another, also than those of the conversation before: some servers give all
 * their calls the same, or begin anew with every answer, and clients tell calls apart by their ids alone.
 */
export class CallIds {
  readonly #given = new Set<string>();
  readonly #before: ReadonlySet<string>;

  constructor(before: ReadonlySet<string>) {
    this.#before = before;
  }

  fresh(call: JsonObject, answerId: unknown, position: number): string {
    const id = callIdOf(call, answerId, position);
    let fresh = id;
    for (let times = 1; this.#given.has(fresh) || this.#before.has(fresh); times += 1)
      fresh = portableCallId(`call ${position} as ${id}, ${times}`);
    this.#given.add(fresh);
    return fresh;
  }
}

/** The ids of the calls in the turns of either API, as the client knows them. */
export function calledIds(messages: readonly unknown[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const message of messages) {
    const { role, content, tool_calls } = asObject(message) ?? {};
    if (role !== 'assistant') continue;
    for (const value of [...asArray(content), ...asArray(tool_calls)]) {
      const { id } = asObject(value) ?? {};
      if (typeof id === 'string') ids.add(id);
    }
  }
  return ids;
}

/** The id of a call in an answer. Some servers give none: then its place in the answer makes one. */
function callIdOf(call: JsonObject, answerId: unknown, position: number): string {
  return portableCallId(asText(call.id) || `call ${position} of ${String(answerId)}`);
}

/** An id or a name in an answer, which clients read as a text: not every server gives one. */
export function idText(told: unknown): string {
  return typeof told === 'number' ? String(told) : (asText(told) ?? '');
}
