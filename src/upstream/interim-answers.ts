// Answers before the answer: some servers and balancers say `100 Continue` to requests that did not wait for it. undici
// takes that for the end of the connection; RFC 9110, section 15.2, wants it read and left out. Other interim answers
// (102, 103) it reads itself.

import type { Socket } from 'node:net';

/** How a request begins. undici writes heads as text; the bodies that are sent here are bytes. */
const REQUEST_LINE = /^[!#$%&'*+.^`|~\w-]+ \S+ HTTP\/1\.1\r\n/;
const INTERIM = 'HTTP/1.x 1';
const VERSION_AT = 'HTTP/1.'.length;
const STATUS_AT = 'HTTP/1.x '.length;
/** More is no interim answer: its reader shall judge. */
const HEAD_BYTES_MAX = 16 * 1024;
const HEAD_END = '\r\n\r\n';

/** Leaves out what stands before the answer of each request. One request at a time, as the connections here have it. */
export function leaveOutContinues(socket: Socket): void {
  let kept: Buffer | null = null;
  const { read, write } = socket;
  const readBefore = (size?: number): Buffer | null => {
    for (;;) {
      const came: Buffer | null = read.call(socket, size);
      if (came === null) return null;
      const { passing, rest } = sift(kept === null ? came : Buffer.concat([kept, came]));
      kept = rest;
      if (rest === null) socket.read = read;
      if (passing.length > 0) return passing.length === 1 ? (passing[0] as Buffer) : Buffer.concat(passing);
    }
  };
  socket.write = (...given: unknown[]): boolean => {
    const [text] = given;
    if (typeof text === 'string' && REQUEST_LINE.test(text)) {
      // Until the head of its answer begins; a stream's events are read as ever.
      socket.read = readBefore;
      kept = null;
    }
    return Reflect.apply(write, socket, given) as boolean;
  };
}

/** What its reader may have of the beginning of an answer, and what is not whole yet; null once the answer has begun. */
function sift(bytes: Buffer): { readonly passing: readonly Buffer[]; readonly rest: Buffer | null } {
  const passing: Buffer[] = [];
  let rest = bytes;
  while (beginsInterim(rest)) {
    const end = rest.indexOf(HEAD_END);
    if (end === -1 && rest.length <= HEAD_BYTES_MAX) return { passing, rest };
    const status = rest.toString('latin1', STATUS_AT, STATUS_AT + 3);
    // Another protocol begins.
    if (end === -1 || status === '101') break;
    const next = end + HEAD_END.length;
    if (status !== '100') passing.push(rest.subarray(0, next));
    rest = rest.subarray(next);
  }
  return { passing: [...passing, rest], rest: null };
}

/** As far as it goes. */
function beginsInterim(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, INTERIM.length);
  for (let index = 0; index < length; index += 1) {
    if (index !== VERSION_AT && bytes[index] !== INTERIM.charCodeAt(index)) return false;
  }
  return true;
}
