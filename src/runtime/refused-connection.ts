// A connection is refused by the address that is there in the end, whatever name led to it: before a byte is sent.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { isRefusedAddress, REFUSED_WORDS } from '../core/refused-address.ts';

/** For a socket that something else opens, which has not sent anything before it is connected. */
export function refuseOnceConnected(
  socket: Socket,
  isRefused: (address: string) => boolean = isRefusedAddress,
): void {
  socket.prependOnceListener('connect', () => {
    const address = socket.remoteAddress ?? '';
    if (!isRefused(address)) return;
    // Whoever opened it may take it for connected now, and listen no more.
    socket.on('error', () => {});
    socket.destroy(new Error(`${address} ${REFUSED_WORDS}`));
  });
}

const OPENED = 'net.client.socket';

/** The same for every connection that this thread opens from now on. What is returned ends it. */
export function refuseAllOnceConnected(
  isRefused: (address: string) => boolean = isRefusedAddress,
): () => void {
  const refuse = (message: unknown): void =>
    refuseOnceConnected((message as { readonly socket: Socket }).socket, isRefused);
  subscribe(OPENED, refuse);
  return () => unsubscribe(OPENED, refuse);
}
