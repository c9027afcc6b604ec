// A collector's ears: takes OTLP over HTTP and over gRPC, and reads it with a decoder of its own, by the field numbers of
// opentelemetry-proto.

import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { PbfReader } from 'pbf';

type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };
export type Attributes = Readonly<Record<string, Value>>;

export interface ReceivedSpan {
  readonly service: Value | undefined;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  /** 2: an error. */
  readonly status: number;
}

export interface ReceivedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a sum or gauge; a histogram's sum. */
  readonly value: number;
  readonly count: number | null;
  readonly bounds: readonly number[];
  /** 1: since the last export, 2: since the start; 0 for gauges. */
  readonly temporality: number;
}

export interface ReceivedEvent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly points: ReceivedPoint[];
  readonly events: ReceivedEvent[];
  /** The request headers of each export. */
  readonly headers: Readonly<Record<string, unknown>>[];
  /** Resolves as soon as the condition holds. */
  until(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 60_000;

export async function startOtlpReceiver(protocol: 'http' | 'grpc'): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const points: ReceivedPoint[] = [];
  const events: ReceivedEvent[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const watchers = new Set<() => void>();
  const take = (path: string, body: Uint8Array, given: Readonly<Record<string, unknown>>): void => {
    headers.push({ path, ...given });
    if (/trace/i.test(path)) spans.push(...readTraces(body));
    else if (/logs/i.test(path)) events.push(...readLogs(body));
    else points.push(...readMetrics(body));
    for (const look of watchers) look();
  };
  const server = protocol === 'http' ? httpServer(take) : grpcServer(take);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    points,
    events,
    headers,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look);
          reject(new Error(`not within ${WAIT_MS} ms: ${spans.length} spans, ${points.length} points came`));
        }, WAIT_MS);
        const look = (): void => {
          if (!holds()) return;
          clearTimeout(timer);
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Take = (path: string, body: Uint8Array, headers: Readonly<Record<string, unknown>>) => void;

function httpServer(take: Take): Server {
  return createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    take(
      request.url ?? '',
      request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body,
      request.headers,
    );
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
}

/** Messages are framed by a flag and their length. */
function grpcServer(take: Take): Server {
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream, given) => {
    const chunks: Buffer[] = [];
    // A test may end the exporter's thread in the middle of an export.
    stream.on('error', () => stream.destroy());
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const framed = Buffer.concat(chunks);
      const message = framed.subarray(5, 5 + framed.readUInt32BE(1));
      take(String(given[':path']), framed[0] === 1 ? gunzipSync(message) : message, given);
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
      stream.end(Buffer.from([0, 0, 0, 0, 0]));
    });
  });
  return server;
}

/** A message as its fields, each with all its values in order: bytes, numbers or bigints. */
type Fields = ReadonlyMap<number, readonly (Uint8Array | bigint)[]>;

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (Uint8Array | bigint)[]>();
  const reader = new PbfReader(bytes);
  while (reader.pos < reader.length) {
    const key = reader.readVarint();
    const wire = key & 7;
    let value: Uint8Array | bigint;
    if (wire === 2) value = reader.readBytes();
    else if (wire === 1) {
      value = new DataView(bytes.buffer, bytes.byteOffset + reader.pos, 8).getBigUint64(0, true);
      reader.pos += 8;
    } else if (wire === 0) value = BigInt(reader.readVarint(true));
    else if (wire === 5) value = BigInt(reader.readFixed32());
    else throw new Error(`wire type ${wire}`);
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Fields, field: number): readonly Fields[] =>
  (fields.get(field) ?? []).map((value) => fieldsOf(value as Uint8Array));
const bytesAt = (fields: Fields, field: number): Uint8Array =>
  (fields.get(field)?.[0] as Uint8Array | undefined) ?? new Uint8Array();
const textAt = (fields: Fields, field: number): string =>
  Buffer.from(bytesAt(fields, field)).toString('utf8');
const hexAt = (fields: Fields, field: number): string => Buffer.from(bytesAt(fields, field)).toString('hex');
const numberAt = (fields: Fields, field: number): bigint =>
  (fields.get(field)?.[0] as bigint | undefined) ?? 0n;

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function anyValue(any: Fields): Value {
  if (any.has(1)) return textAt(any, 1);
  if (any.has(2)) return numberAt(any, 2) === 1n;
  if (any.has(3)) return Number(numberAt(any, 3));
  if (any.has(4)) return doubleOf(numberAt(any, 4));
  if (any.has(5)) return messages(fieldsOf(bytesAt(any, 5)), 1).map(anyValue);
  if (any.has(6)) return attributesOf(fieldsOf(bytesAt(any, 6)), 1);
  throw new Error('a value of no kind');
}

function attributesOf(fields: Fields, field: number): Attributes {
  return Object.fromEntries(
    messages(fields, field).map((pair) => [textAt(pair, 1), anyValue(fieldsOf(bytesAt(pair, 2)))]),
  );
}

function readTraces(body: Uint8Array): readonly ReceivedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((resource) => {
    const service = attributesOf(fieldsOf(bytesAt(resource, 1)), 1)['service.name'];
    return messages(resource, 2).flatMap((scope) =>
      messages(scope, 2).map((span) => ({
        service,
        name: textAt(span, 5),
        kind: Number(numberAt(span, 6)),
        traceId: hexAt(span, 1),
        spanId: hexAt(span, 2),
        parentSpanId: hexAt(span, 4),
        startNs: numberAt(span, 7),
        endNs: numberAt(span, 8),
        attributes: attributesOf(span, 9),
        status: Number(numberAt(fieldsOf(bytesAt(span, 15)), 3)),
      })),
    );
  });
}

function readLogs(body: Uint8Array): readonly ReceivedEvent[] {
  const scopes = messages(fieldsOf(body), 1).flatMap((resource) => messages(resource, 2));
  return scopes.flatMap((scope) =>
    messages(scope, 2).map((record) => ({
      name: textAt(record, 12),
      traceId: hexAt(record, 9),
      spanId: hexAt(record, 10),
      attributes: attributesOf(record, 6),
    })),
  );
}

function readMetrics(body: Uint8Array): readonly ReceivedPoint[] {
  const metrics = messages(fieldsOf(body), 1).flatMap((resource) =>
    messages(resource, 2).flatMap((scope) => messages(scope, 2)),
  );
  return metrics.flatMap((metric) => {
    const about = { metric: textAt(metric, 1), unit: textAt(metric, 3) };
    const points = (...kinds: readonly number[]) =>
      kinds.flatMap((kind) =>
        messages(metric, kind).flatMap((data) =>
          messages(data, 1).map((point) => ({
            point,
            temporality: kind === 5 ? 0 : Number(numberAt(data, 2)),
          })),
        ),
      );
    return [
      ...points(5, 7).map(({ point, temporality }) => ({
        ...about,
        temporality,
        attributes: attributesOf(point, 7),
        value: point.has(4) ? doubleOf(numberAt(point, 4)) : Number(BigInt.asIntN(64, numberAt(point, 6))),
        count: null,
        bounds: [],
      })),
      ...points(9).map(({ point, temporality }) => ({
        ...about,
        temporality,
        attributes: attributesOf(point, 9),
        value: doubleOf(numberAt(point, 5)),
        count: Number(numberAt(point, 4)),
        bounds: doublesOf(bytesAt(point, 7)),
      })),
      // Exponential histograms: their bounds follow from a scale.
      ...points(10).map(({ point, temporality }) => ({
        ...about,
        temporality,
        attributes: attributesOf(point, 1),
        value: doubleOf(numberAt(point, 5)),
        count: Number(numberAt(point, 4)),
        bounds: [],
      })),
    ];
  });
}

function doublesOf(packed: Uint8Array): readonly number[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: packed.byteLength / 8 }, (_, index) => view.getFloat64(index * 8, true));
}
