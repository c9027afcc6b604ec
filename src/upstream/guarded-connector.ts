// Connections to upstreams, each with its own faults: what an upstream sends may trip an assertion in the parser that
// reads it, and that breaks this connection instead of the process. And one that refuses a body before it has read it
// (413, and hangs up) is heard all the same.

import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { isRefusedAddress, REFUSED_WORDS } from '../core/refused-address.ts';
import { refuseOnceConnected } from '../runtime/refused-connection.ts';
import { leaveOutContinues } from './interim-answers.ts';

/** `isRefused` is asked for the address that is there in the end, whatever name led to it: before a byte is sent. */
export function guardedConnector(
  connect: buildConnector.connector,
  isRefused: (address: string) => boolean = isRefusedAddress,
): buildConnector.connector {
  const refusing = refusingConnector(connect, isRefused);
  return (options, done) =>
    refusing(options, (...result: Parameters<buildConnector.Callback>) => {
      const [, socket] = result;
      // A failure is told without a socket, whatever the types say.
      if (socket) {
        socket.emit = guardedEmit;
        hearOutRefusals(socket);
        leaveOutContinues(socket);
      }
      done(...result);
    });
}

/** Only asks, and changes nothing else about the connection. */
export function refusingConnector(
  connect: buildConnector.connector,
  isRefused: (address: string) => boolean = isRefusedAddress,
): buildConnector.connector {
  return (options, done) => {
    const opening: unknown = connect(options, (...result: Parameters<buildConnector.Callback>) => {
      const [, socket] = result;
      const address = socket?.remoteAddress ?? '';
      if (socket && isRefused(address)) {
        socket.destroy();
        done(new Error(`${address} ${REFUSED_WORDS}`), null);
      } else done(...result);
    });
    // TLS begins to talk as soon as it is connected. Through a proxy nothing is returned: what is opened there is its.
    if (opening instanceof Socket) refuseOnceConnected(opening, isRefused);
  };
}

/** Of a socket. One function for all: V8 puts it into its callers, which an event of a stream passes three times. */
function guardedEmit(this: Socket, ...event: Parameters<Socket['emit']>): boolean {
  try {
    return Reflect.apply(EventEmitter.prototype.emit, this, event);
  } catch (fault) {
    // An assertion means that its reader is in a state that nobody has thought of: nothing more is read there.
    if (!this.destroyed) this.destroy(fault instanceof Error ? fault : new Error(String(fault)));
    return true;
  }
}

/** What the upstream said before it hung up is read within this. */
const LAST_WORDS_MS = 1000;
const HUNG_UP = new Set(['EPIPE', 'ECONNRESET']);

type Written = (error?: Error | null) => void;

/**
 * Where a write fails because the other side has hung up, its answer may lie here already, unread: the stream would be
 * destroyed with it. The rest of the body is dropped instead, and reading goes on until it ends by itself.
 */
function hearOutRefusals(socket: Socket): void {
  let hasHungUp = false;
  const afterwards =
    (done: Written): Written =>
    (error) => {
      if (!HUNG_UP.has((error as NodeJS.ErrnoException | null | undefined)?.code ?? '')) {
        done(error);
        return;
      }
      hasHungUp = true;
      setTimeout(() => socket.destroy(error ?? undefined), LAST_WORDS_MS).unref();
      done();
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => {
    if (hasHungUp) done();
    else write(chunk, encoding, afterwards(done));
  };
  const writev = socket._writev?.bind(socket);
  if (writev === undefined) return;
  socket._writev = (chunks, done) => {
    if (hasHungUp) done();
    else writev(chunks, afterwards(done));
  };
}
