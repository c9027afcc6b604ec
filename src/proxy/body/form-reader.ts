// Holds a form back until it has named its model, then lets it pass as it comes.

import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TokenWatchError } from '../../core/errors.ts';
import { GatheredBytes } from '../gathered-bytes.ts';
import { bodyTooLarge, clientGone } from '../read-body.ts';
import { boundaryOf, type FormFacts, FormScan } from './form-scan.ts';

export interface HeldForm {
  readonly facts: FormFacts;
  /** The whole form, where it ended before it named a model; null where it is still to be read from the request. */
  readonly bytes: Buffer | null;
}

export interface FormLimits {
  readonly bytesMax: number;
  /** How much is held back at most; past it the form passes, whatever it is for. */
  readonly heldBytesMax: number;
}

/** Calls `done` once. */
export function readForm(
  request: IncomingMessage,
  { bytesMax, heldBytesMax }: FormLimits,
  done: (error: TokenWatchError | null, form: HeldForm) => void,
): void {
  const boundary = boundaryOf(request.headers['content-type']);
  const scan = new FormScan(boundary);
  const held = new GatheredBytes();
  let isSettled = false;
  const settle = (error: TokenWatchError | null, isWhole: boolean): void => {
    isSettled = true;
    request.off('data', take);
    request.off('end', ended);
    request.off('error', gone);
    request.off('close', gone);
    const bytes = held.take();
    if (error === null && !isWhole) {
      request.pause();
      giveBack(request, bytes);
    }
    done(error ?? twoModels(scan.facts), { facts: scan.facts, bytes: isWhole ? bytes : null });
  };
  const take = (chunk: Buffer): void => {
    held.push(chunk);
    scan.push(chunk);
    if (held.size > bytesMax) settle(bodyTooLarge(bytesMax), false);
    else if (scan.facts.model !== null || held.size > heldBytesMax || boundary === null) settle(null, false);
    else inTurns();
  };
  // A socket that has more goes on at once, and a piece may hold a thousand fields.
  const inTurns = (): void => {
    request.pause();
    setImmediate(() => {
      if (!isSettled) request.resume();
    });
  };
  const ended = (): void => settle(null, true);
  const gone = (): void => settle(clientGone(), false);
  request.on('data', take);
  request.on('end', ended);
  request.on('error', gone);
  request.on('close', gone);
}

/** Of a form in one piece, what is looked at before others have their turn: as much as comes at once elsewhere. */
const TURN_BYTES = 64 * 1024;

/** In pieces as they come from a socket: each is looked at in a turn of its own. */
function giveBack(request: IncomingMessage, bytes: Buffer): void {
  const last = bytes.length - (bytes.length % TURN_BYTES || TURN_BYTES);
  for (let at = last; at >= 0; at -= TURN_BYTES) request.unshift(bytes.subarray(at, at + TURN_BYTES));
}

/** What a form in one piece says. */
export async function formFacts(contentType: string | undefined, body: Uint8Array): Promise<FormFacts> {
  const scan = new FormScan(boundaryOf(contentType));
  for (let at = 0; at < body.length; at += TURN_BYTES) {
    if (at > 0) await nextTurn();
    scan.push(body.subarray(at, at + TURN_BYTES));
  }
  return scan.facts;
}

/** Told of what passes; throws where the form turns out to be none that may pass. */
export function formWatch(
  contentType: string | undefined,
  onFacts: (facts: FormFacts) => void,
): (bytes: Uint8Array) => void {
  const scan = new FormScan(boundaryOf(contentType));
  return (bytes) => {
    scan.push(bytes);
    const error = twoModels(scan.facts);
    if (error !== null) throw error;
    onFacts(scan.facts);
  };
}

/** One server takes the first, another the last: a budget could not tell which. */
function twoModels({ namesTwoModels }: FormFacts): TokenWatchError | null {
  if (!namesTwoModels) return null;
  return new TokenWatchError('bad_request', 'The form names two different models. Name one.');
}
