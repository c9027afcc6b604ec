// Where an event of an event stream ends: a stream may be ended there with an event of ours.

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** As many bytes of what was sent are looked at: the longest blank line, with the end of the line before it. */
export const BOUNDARY_BYTES = 4;

/** True where no event is open after these bytes, the last that were sent; at the start of a stream as well. */
export function endsEvent(last: Uint8Array | null): boolean {
  if (last === null) return true;
  return /(?:\n\n|\n\r\n|\r\r)$/.test(Buffer.from(last.subarray(-BOUNDARY_BYTES)).toString('latin1'));
}

/** The index in `chunk` behind the blank line that ends the open event, or -1. `last` is what was sent before it. */
export function endOfEvent(last: Uint8Array | null, chunk: Uint8Array): number {
  let before = last?.at(-2) ?? 0;
  let previous = last?.at(-1) ?? 0;
  for (const [index, byte] of chunk.entries()) {
    // A carriage return behind a line feed is half of a blank line.
    const isBlankLine =
      (byte === LINE_FEED &&
        (previous === LINE_FEED || (previous === CARRIAGE_RETURN && before === LINE_FEED))) ||
      (byte === CARRIAGE_RETURN && previous === CARRIAGE_RETURN);
    if (isBlankLine) return index + 1;
    before = previous;
    previous = byte;
  }
  return -1;
}
