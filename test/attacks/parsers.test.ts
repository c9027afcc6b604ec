// Whatever reads bytes or texts from outside and has no property of its own beside it: any input is read or is none, cut
// wherever the network cuts it, and nothing is thrown but an error of ours.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { Sealer } from '../../src/access/login/sealed.ts';
import { cookieValue } from '../../src/access/login/session-cookie.ts';
import { TokenWatchError } from '../../src/core/errors.ts';
import { isLoopback } from '../../src/core/own-place.ts';
import type { Framing } from '../../src/core/protocol.ts';
import { isRefusedAddress } from '../../src/core/refused-address.ts';
import { SiteGuard } from '../../src/core/site-guard.ts';
import { routed } from '../../src/dashboard/router.ts';
import { toldInHeaders } from '../../src/protocols/meters/header-reader.ts';
import { FramedEvents } from '../../src/protocols/streams/framed-events.ts';
import { decodedText } from '../../src/proxy/content-codings.ts';
import { formError } from '../../src/proxy/headers.ts';
import { loopError, nextHops } from '../../src/proxy/hops.ts';
import { SocketTap } from '../../src/proxy/tunnel/socket-tap.ts';
import { readLine } from '../../src/record/spool-line.ts';
import { restUntil } from '../../src/upstream/failover.ts';
import { keysIn } from '../../src/upstream/foreign-keys.ts';
import { leaveOutContinues } from '../../src/upstream/interim-answers.ts';
import { joinUpstreamPath } from '../../src/upstream/join-url.ts';
import { noProxyTest } from '../../src/upstream/no-proxy.ts';

const RUNS = { numRuns: 150 };
const anyText = fc.string({ unit: 'binary', maxLength: 200 });
/** Of what means something to somebody. */
const textOf = (...pieces: string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 20 })
    .map((all) => all.join(''));
const cut = (bytes: Buffer, at: readonly number[]): readonly Buffer[] => {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};

test('events in any framing are the same however their bytes are cut, and no bytes are thrown at', () => {
  const said = textOf(
    'data: ',
    '{"a":1}',
    '\n',
    '\n\n',
    '\r\n',
    '[',
    ']',
    ',',
    '{',
    '}',
    '"',
    '\\',
    'é',
    ':',
    'event: x',
  );
  const framings: readonly (Framing | null)[] = ['events', 'lines', 'list', 'messages', null];
  fc.assert(
    fc.property(
      fc.constantFrom(...framings),
      said,
      fc.array(fc.nat(), { maxLength: 5 }),
      (framing, text, at) => {
        const read = (pieces: readonly Buffer[]): string[] => {
          const told: string[] = [];
          const events = new FramedEvents({
            data: (data) => told.push(data),
            document: (document) => told.push(JSON.stringify(document)),
            large: () => {},
            raw: () => {},
          });
          events.framing = framing;
          for (const piece of pieces) events.push(piece);
          return told;
        };
        const bytes = Buffer.from(text);
        const whole = read([bytes]);
        // Without a name of its framing, a stream is known by how its first bytes begin.
        if (framing !== null) assert.deepEqual(read(cut(bytes, at)), whole);
      },
    ),
    RUNS,
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const events = new FramedEvents({ data() {}, document() {}, large() {}, raw() {} });
      events.framing = 'messages';
      events.push(bytes);
      events.push(bytes);
    }),
    RUNS,
  );
});

test('interim answers are left out, wherever they are cut', () => {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  fc.assert(
    fc.property(fc.nat(4), fc.array(fc.nat(), { maxLength: 6 }), (count, at) => {
      const came = cut(
        Buffer.from('HTTP/1.1 100 Continue\r\na: b\r\n\r\n'.repeat(count) + answer),
        at,
      ).filter(({ length }) => length > 0);
      const waiting: Buffer[] = [];
      const socket = { write: () => true, read: () => waiting.shift() ?? null };
      leaveOutContinues(socket as unknown as Socket);
      (socket.write as (text: string) => boolean)('GET / HTTP/1.1\r\n');
      let got = '';
      for (const piece of came) {
        waiting.push(piece);
        for (let part = socket.read(); part !== null; part = socket.read()) got += part.toString();
      }
      assert.equal(got, answer);
      // What an answer says is its own, whatever it looks like.
      waiting.push(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'));
      assert.equal(String(socket.read()), 'HTTP/1.1 100 Continue\r\n\r\n');
    }),
    RUNS,
  );
});

test('a head is given to its parser in pieces, what follows as it came, and nothing once it was refused', () => {
  const socket = new Duplex({ read() {}, write: (_bytes, _coding, done) => done() });
  leaveOutContinues(socket as Socket);
  socket.write('GET / HTTP/1.1\r\n');
  const head = `HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(5000)}\r\n`;
  const body = 'b'.repeat(30_000);
  socket.push(head + body);
  const pieces: string[] = [];
  for (let part = socket.read(); part !== null; part = socket.read()) pieces.push(String(part));
  assert.equal(pieces.join(''), head + body);
  assert.ok(pieces.slice(0, -1).every(({ length }) => length <= 4096));
  assert.ok((pieces.at(-1)?.length ?? 0) > 25_000);
  socket.write('GET / HTTP/1.1\r\n');
  socket.push(head);
  assert.ok(socket.read().length <= 4096);
  socket.destroy();
  assert.equal(socket.read(), null);
});

test('a path that is let through stays below the upstream’s own, whoever resolves it', () => {
  const path = textOf(
    '/',
    '..',
    '.',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '\\',
    '%25',
    '2e',
    'a',
    ';',
    '%',
    '//',
    'v1',
    'models',
  );
  fc.assert(
    fc.property(path, (rest) => {
      const asked = `/${rest.replace(/[^\x21-\x7e]|[?#]/g, '')}`;
      const error = formError({ method: 'GET', path: asked, rawHeaders: [] });
      if (error !== null) return;
      let joined = joinUpstreamPath({ hostname: 'x', pathname: '/team-a/v1' }, asked);
      for (let times = 0; times < 2; times += 1) {
        joined = joined.replace(/%(2e|2f|5c|25)/gi, (_all, code: string) =>
          String.fromCharCode(Number.parseInt(code, 16)),
        );
        assert.match(new URL(`http://x${joined}`).pathname, /^\/team-a\/v1(?:\/|$)/, asked);
      }
    }),
    { numRuns: 1000 },
  );
});

test('an address is refused in every form that leads to it, and no other', () => {
  const byte = fc.nat(255);
  const any = fc.tuple(byte, byte, byte, byte);
  const metadata = fc.constantFrom(
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [100, 100, 100, 200],
    [168, 63, 129, 16],
  );
  fc.assert(
    fc.property(fc.oneof(any, metadata as fc.Arbitrary<[number, number, number, number]>), ([a, b, c, d]) => {
      const plain = [a, b, c, d].join('.');
      const hex = (high: number, low: number): string => (high * 256 + low).toString(16);
      const not = `${hex(255 - a, 255 - b)}:${hex(255 - c, 255 - d)}`;
      const pair = `${hex(a, b)}:${hex(c, d)}`;
      const forms = [
        ...[`[::ffff:${plain}]`, `[::ffff:${pair}]`, `[64:ff9b::${pair}]`, `[64:ff9b:1:2:3:4:${pair}]`],
        ...[
          `[2002:${pair}::1]`,
          `[2001:0:1:2:3:4:${not}]`,
          `[2001:db8::5efe:${plain}]`,
          `[::ffff:0:${pair}]`,
        ],
      ];
      for (const form of forms) assert.equal(isRefusedAddress(form), isRefusedAddress(plain), form);
    }),
    RUNS,
  );
  fc.assert(
    fc.property(anyText, (text) => assert.equal(typeof isRefusedAddress(text), 'boolean')),
    RUNS,
  );
  fc.assert(
    fc.property(fc.ipV6(), (text) => assert.equal(typeof isRefusedAddress(text), 'boolean')),
    RUNS,
  );
});

test('no name is let in but our own, whatever stands around it', () => {
  const sites = new SiteGuard({
    subject: 'It',
    ownHost: 'ai.example',
    hosts: ['*.corp.example'],
    origins: null,
  });
  const host = textOf(
    'localhost',
    '127.0.0.1',
    'ai.example',
    '.',
    ':',
    '80',
    '@',
    '[',
    ']',
    'evil',
    '.corp.example',
    '%',
    '/',
  );
  fc.assert(
    fc.property(host, fc.option(host, { nil: undefined }), (name, origin) => {
      const refusal = sites.refusal({
        host: name,
        origin: origin === undefined ? undefined : `http://${origin}`,
      });
      if (refusal !== null) return;
      const url = URL.parse(`http://${name}`);
      // No browser comes by what is no name.
      if (url === null) return;
      assert.equal(url.username + url.password, '');
      assert.match(url.hostname, /^(?:localhost|ai\.example|\d+\.\d+\.\d+\.\d+|\[.*\]|.*\.corp\.example)$/);
      if (origin !== undefined) assert.equal(URL.parse(`http://${origin}`)?.host, url.host);
    }),
    { numRuns: 500 },
  );
});

test('cookies, sealed documents and hops of strangers are read or are none', () => {
  const sealer = new Sealer();
  const sealed = sealer.seal({ state: 'x' }, 10);
  fc.assert(
    fc.property(
      textOf('tokenwatch=', '__Host-tokenwatch=', ';', '=', 'x'),
      fc.boolean(),
      (cookie, isSecure) => {
        const value = cookieValue({ headers: { cookie } }, { isSecure });
        assert.ok(value === null || !value.includes(';'));
      },
    ),
    RUNS,
  );
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'b', '-', ''), anyText, (at, sign, text) => {
      const changed = sealed.slice(0, at) + sign + sealed.slice(at + 1);
      if (!Buffer.from(changed, 'base64url').equals(Buffer.from(sealed, 'base64url')))
        assert.equal(sealer.open(changed, 1), null);
      assert.equal(sealer.open(text, 1), null);
    }),
    RUNS,
  );
  fc.assert(
    fc.property(fc.oneof(anyText, textOf(',', 'abc', ' ', '\r\n')), (text) => {
      assert.match(nextHops(text, 'own'), /^[\w, -]*own$/);
      assert.ok(loopError(`${text},own`, 'own') !== null);
    }),
    RUNS,
  );
});

test('what an upstream’s head says is a figure, a moment, or nothing', () => {
  const value = fc.oneof(anyText, textOf('9', '0', '.', 'e', '-', ' ', 'Mon', 'GMT', '2026'));
  const name = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'x-litellm-response-cost',
    'x-amzn-bedrock-input-token-count',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
      const until = restUntil(
        pairs.flat().map((text) => Buffer.from(text)),
        1000,
      );
      assert.ok(until === null || until >= 1000);
      const told = toldInHeaders(pairs.flat());
      assert.ok(
        told?.costNanoUsd == null || (Number.isSafeInteger(told.costNanoUsd) && told.costNanoUsd >= 0),
      );
      for (const count of Object.values(told?.usage ?? {}))
        assert.ok(typeof count !== 'number' || (Number.isSafeInteger(count) && count >= 0));
    }),
    RUNS,
  );
});

test('frames and codings of strangers end in figures or in none', async () => {
  const frame = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 4 }), fc.boolean(), async (pieces, packs) => {
      const tap = new SocketTap(packs ? 'permessage-deflate' : undefined, () => {});
      for (const piece of pieces) tap.push(Buffer.from(piece));
      await new Promise<void>((resolve) => tap.finish(resolve));
    }),
    RUNS,
  );
  const coding = fc.constantFrom(
    null,
    'gzip',
    'br',
    'zstd',
    'deflate',
    'gzip, gzip',
    '__proto__',
    'constructor',
    '',
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), coding, (bytes, name) => {
      const text = decodedText(Buffer.from(bytes), name);
      assert.ok(text === null || typeof text === 'string');
    }),
    RUNS,
  );
});

test('addresses, keys, lines of the spool and questions to the API are read, or refused in words', async () => {
  fc.assert(
    fc.property(anyText, textOf('Bearer ', 'sk-', 'tw_', '?key=', '&', ';', '%'), (name, value) => {
      for (const key of keysIn([name, value, 'authorization', value], `/x?${value}`))
        assert.equal(typeof key, 'string');
      assert.equal(typeof isLoopback(value), 'boolean');
      noProxyTest(value)({ protocol: 'https:', hostname: value, port: '' });
      readLine(value);
      readLine(`${value}{}`);
    }),
    RUNS,
  );
  const path = textOf('/', 'api', 'v1', 'stats', 'tags', '%', '__proto__', '..', '%2e');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD'),
      path,
      textOf('range=', '&', '24h', 'constructor='),
      anyText,
      async (method, rest, query, body) => {
        await routed({
          ...{ method, path: `/api/${rest}`, parameters: new URLSearchParams(query) },
          body: async () => Buffer.from(body),
        }).catch((error: unknown) => assert.ok(error instanceof TokenWatchError, String(error)));
      },
    ),
    RUNS,
  );
});
