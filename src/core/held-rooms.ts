// The rooms of a proxy for what answers hold while they pass.

import { DecodingRoom } from './decoding-room.ts';
import { HeldRoom } from './held-room.ts';

const COPIES_BYTES_MAX = 128 * 1024 * 1024;

/** Rooms of their own, so that what can be done without takes nothing from what cannot. */
export interface HeldRooms {
  /** Of what is read for the figures, or brought into another form. */
  readonly reading: HeldRoom;
  /** Of what decoders have before them, and look back at. */
  readonly decoding: DecodingRoom;
  /** Of copies for the cache and the archive. */
  readonly copies: HeldRoom;
}

export function heldRooms(): HeldRooms {
  return {
    reading: new HeldRoom(),
    decoding: new DecodingRoom(),
    copies: new HeldRoom(COPIES_BYTES_MAX),
  };
}
