// How many bytes the headers of an answer may have, and that more of them cost little.

import type { Socket } from 'node:net';

/** Four times what Node's own client reads, and quick to parse, however many they are: names and values alone count. */
export const HEAD_BYTES_MAX = 64 * 1024;

/** undici makes an error for each header beyond the bound in what it is given, and their stacks are dear: of a piece, few. */
const PIECE_BYTES = 4 * 1024;

/** As much of a head as is read at once; nothing of one that was refused. */
export function readPiece(socket: Socket, read: Socket['read']): Buffer | null {
  if (socket.destroyed) return null;
  return read.call(socket, Math.min(PIECE_BYTES, socket.readableLength) || undefined);
}
