// Where an event of an event stream ends: a stream may be ended there with an event of ours.

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** True where no event is open after these bytes, the last that were sent; at the start of a stream as well. */
export function endsEvent(last: Uint8Array | null): boolean {
  if (last === null) return true;
  return /(?:\n\n|\r\n\r\n|\r\r)$/.test(Buffer.from(last.subarray(-4)).toString('latin1'));
}

/** The index in `chunk` behind the blank line that ends the open event, or -1. `before` is the byte before it. */
export function endOfEvent(before: number, chunk: Uint8Array): number {
  let previous = before;
  for (const [index, byte] of chunk.entries()) {
    const isLineEnd = byte === LINE_FEED || byte === CARRIAGE_RETURN;
    const endsPair = byte === LINE_FEED && previous === CARRIAGE_RETURN;
    const isBlankLine = isLineEnd && !endsPair && (previous === LINE_FEED || previous === CARRIAGE_RETURN);
    if (isBlankLine) return index + 1;
    previous = byte;
  }
  return -1;
}
