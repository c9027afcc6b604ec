// Ids of tool calls, which travel in both directions and must fit both APIs.

import { hash } from 'node:crypto';
import { asText, type JsonObject } from '../protocols/json-value.ts';

const PORTABLE = /^[\w-]{1,40}$/;

/** The id itself where both APIs take it; otherwise another that always belongs to it. */
export function portableCallId(id: string): string {
  return PORTABLE.test(id) ? id : `call_${hash('sha256', id, 'hex').slice(0, 32)}`;
}

/** The id of a call in an answer. Some servers give none: then its place in the answer makes one. */
export function callIdOf(call: JsonObject, answerId: unknown, position: number): string {
  return portableCallId(asText(call.id) ?? `call ${position} of ${String(answerId)}`);
}
