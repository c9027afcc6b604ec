// Answers before the answer: some servers and balancers say `100 Continue` to requests that did not wait for it. undici
// takes that for the end of the connection; RFC 9110, section 15.2, wants it read and left out. Other interim answers
// (102, 103) it reads itself.

import type { Socket } from 'node:net';
import { readPiece } from './head-bytes.ts';

/** How a request begins. undici writes heads as text; the bodies that are sent here are bytes. */
const REQUEST_LINE = /^[!#$%&'*+.^`|~\w-]+ \S+ HTTP\/1\.1\r\n/;
const INTERIM = 'HTTP/1.x 1';
const VERSION_AT = 'HTTP/1.'.length;
const STATUS_AT = 'HTTP/1.x '.length;
/** More is no interim answer: its reader shall judge. */
const HEAD_BYTES_MAX = 16 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/**
 * Leaves out what stands before the answer of each request, and reads the answer's head in pieces. One request at a time,
 * as the connections here have it.
 */
export function leaveOutContinues(socket: Socket): void {
  let kept: Buffer | null = null;
  /** What of the head was read last: its end may have begun there. */
  let last: Buffer = NOTHING;
  const { read, write } = socket;
  const readBefore = (): Buffer | null => {
    for (;;) {
      const came = readPiece(socket, read);
      if (came === null) return null;
      if (kept === null && !beginsInterim(came)) {
        follow(came);
        return came;
      }
      const { passing, rest, isAnswer } = sift(kept === null ? came : Buffer.concat([kept, came]));
      kept = isAnswer ? null : rest;
      if (isAnswer) follow(rest);
      const given = isAnswer ? [...passing, rest] : passing;
      if (given.length > 0) return given.length === 1 ? (given[0] as Buffer) : Buffer.concat(given);
    }
  };
  const readHead = (): Buffer | null => {
    const came = readPiece(socket, read);
    if (came !== null) follow(Buffer.concat([last, came]));
    return came;
  };
  const follow = (head: Buffer): void => {
    const isOver = head.includes(HEAD_END);
    last = isOver ? NOTHING : head.subarray(1 - HEAD_END.length);
    socket.read = isOver ? read : readHead;
  };
  const sendOn = write as (this: Socket, text: unknown, encoding?: unknown, written?: unknown) => boolean;
  socket.write = (text: unknown, encoding?: unknown, written?: unknown): boolean => {
    if (typeof text === 'string' && REQUEST_LINE.test(text)) {
      // Until the head of its answer has been read; a stream's events are read as ever.
      socket.read = readBefore;
      kept = null;
    }
    return sendOn.call(socket, text, encoding, written);
  };
}

interface Sifted {
  /** Other interim answers, which are read as ever. */
  readonly passing: readonly Buffer[];
  /** The beginning of the answer, or of what is not whole yet. */
  readonly rest: Buffer;
  readonly isAnswer: boolean;
}

function sift(bytes: Buffer): Sifted {
  const passing: Buffer[] = [];
  let rest = bytes;
  while (beginsInterim(rest)) {
    const end = rest.indexOf(HEAD_END);
    if (end === -1 && rest.length <= HEAD_BYTES_MAX) return { passing, rest, isAnswer: false };
    const status = rest.toString('latin1', STATUS_AT, STATUS_AT + 3);
    // Another protocol begins.
    if (end === -1 || status === '101') break;
    const next = end + HEAD_END.length;
    if (status !== '100') passing.push(rest.subarray(0, next));
    rest = rest.subarray(next);
  }
  return { passing, rest, isAnswer: true };
}

/** As far as it goes. */
function beginsInterim(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, INTERIM.length);
  for (let index = 0; index < length; index += 1) {
    if (index !== VERSION_AT && bytes[index] !== INTERIM.charCodeAt(index)) return false;
  }
  return true;
}
