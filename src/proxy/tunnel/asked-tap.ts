// Reads the first messages that a client sends over a WebSocket, from a copy of its bytes, for sessions whose server does
// not say which model it runs. What comes behind them is not looked at.

import type { HeldRoom } from '../../core/held-room.ts';
import { parseJson } from '../../protocols/json/json-value.ts';
import { LARGE_BYTES } from '../../protocols/json/large-document.ts';
import { SocketTap } from './socket-tap.ts';

/** What the session is, and that something was asked in it. */
const MESSAGES_MAX = 2;

export class AskedTap {
  #tap: SocketTap | null;
  #seen = 0;

  /** `extensions` is the handshake's `sec-websocket-extensions` answer. Throws for one that is not known. */
  constructor(extensions: string | undefined, onMessage: (message: unknown) => void, room?: HeldRoom) {
    const take = (message: Buffer): void => {
      const tap = this.#tap;
      if (tap === null) return;
      this.#seen += 1;
      if (this.#seen === MESSAGES_MAX) {
        this.#tap = null;
        tap.finish(() => {});
      }
      onMessage(message.length > LARGE_BYTES ? null : parseJson(message.toString('utf8')));
    };
    this.#tap = new SocketTap(extensions, take, { sender: 'client', ...(room !== undefined && { room }) });
  }

  push(bytes: Buffer): void {
    // ws takes the mask off in place, and the bytes are the upstream's.
    this.#tap?.push(Buffer.from(bytes));
  }
}
