// Amazon's framing of streams, written and read apart from the proxy's own.

import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';

export interface AmazonEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
}

export function amazonEvent(headers: Readonly<Record<string, string>>, payload: object): Buffer {
  const named = Object.entries({ ...headers, ':message-type': 'event' }).map(([name, value]) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([
      Buffer.from([name.length]),
      Buffer.from(name),
      Buffer.from([7, bytes.length >> 8, bytes.length & 0xff]),
      bytes,
    ]);
  });
  const [head, body] = [Buffer.concat(named), Buffer.from(JSON.stringify(payload))];
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

/** Fails where the bytes do not end with a whole message, or a checksum is wrong. */
export function amazonEvents(bytes: Buffer): readonly AmazonEvent[] {
  const events: AmazonEvent[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    const end = at + bytes.readUInt32BE(at);
    const headersEnd = at + 12 + bytes.readUInt32BE(at + 4);
    assert.equal(bytes.readUInt32BE(at + 8), crc32(bytes.subarray(at, at + 8)));
    assert.equal(bytes.readUInt32BE(end - 4), crc32(bytes.subarray(at, end - 4)));
    const headers: Record<string, string> = {};
    for (let place = at + 12; place < headersEnd; ) {
      const nameEnd = place + 1 + (bytes[place] ?? 0);
      const valueStart = nameEnd + 3;
      const valueEnd = valueStart + bytes.readUInt16BE(nameEnd + 1);
      headers[bytes.toString('utf8', place + 1, nameEnd)] = bytes.toString('utf8', valueStart, valueEnd);
      place = valueEnd;
    }
    events.push({ headers, payload: JSON.parse(bytes.toString('utf8', headersEnd, end - 4)) });
  }
  return events;
}
