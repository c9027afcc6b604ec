// How one signal (traces, metrics, events) is sent: its own variables before those of all signals.

import { createSecureContext } from 'node:tls';
import { TokenWatchError } from '../../core/errors.ts';
import { isRefusedAddress, REFUSED_WORDS } from '../../core/refused-address.ts';
import { withoutCredentials } from '../../core/without-credentials.ts';
import { readSmallFile } from '../../runtime/small-file.ts';
import {
  type Environment,
  firstOf,
  flagOf,
  numberOf,
  pairsOf,
  refuse,
  type Variable,
  wordOf,
} from './variables.ts';

export type OtlpProtocol = 'grpc' | 'http/protobuf';
export type Signal = 'traces' | 'metrics' | 'logs';

export interface SignalConfig {
  readonly protocol: OtlpProtocol;
  /** For gRPC the origin; for HTTP the whole address. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  readonly tls: SignalTls;
}

/** PEM texts. */
export interface SignalTls {
  /** Whom to trust; null for the system's. */
  readonly ca: string | null;
  /** What this side shows; null where it is not asked who it is. */
  readonly client: { readonly certificate: string; readonly key: string } | null;
}

const HOST = 'http://localhost';
const GRPC_PORT = '4317';
const HTTP_PORT = '4318';
const TIMEOUT_MS = 10_000;
/** At the end of an address: that it is of HTTP, and of one signal, whichever. */
const SIGNAL_PATH = /\/v1\/(?:traces|metrics|logs)\/?$/;
/** What gRPC sends as a header. A name in `-bin` is for bytes, which no variable holds. */
const GRPC_NAME = /^(?!.*-bin$)[\w.-]+$/i;
const GRPC_VALUE = /^[\x20-\x7e]*$/;

/** Null where the signal is not sent. `wished` is TokenWatch's own setting; null where it is not set. */
export function signalOf(
  signal: Signal,
  wished: string | null,
  environment: Environment,
): SignalConfig | null {
  const upper = signal.toUpperCase();
  const exporter = wordOf(firstOf(environment, `OTEL_${upper}_EXPORTER`), ['otlp', 'none'], 'otlp');
  if (exporter === 'none') return null;
  const read = (name: string): Variable | null =>
    firstOf(environment, `OTEL_EXPORTER_OTLP_${upper}_${name}`, `OTEL_EXPORTER_OTLP_${name}`);
  const own = firstOf(environment, `OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`);
  const protocolWish = read('PROTOCOL');
  const standard = protocolWish?.text.toLowerCase() === 'http/protobuf' ? HTTP_PORT : GRPC_PORT;
  const endpoint = endpointOf(
    own ??
      (wished === null
        ? firstOf(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT')
        : { name: 'TOKENWATCH_OTEL_ENDPOINT', text: wished }) ?? {
        name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        text: `${HOST}:${standard}`,
      },
    flagOf(read('INSECURE'), true),
  );
  const protocol = protocolOf(protocolWish, endpoint);
  // The address of all signals is a base, also where it names one of them; that of one signal is the whole.
  const base = endpoint.pathname.replace(SIGNAL_PATH, '').replace(/\/$/, '');
  const httpUrl = own === null ? `${endpoint.origin}${base}/v1/${signal}${endpoint.search}` : endpoint.href;
  return {
    protocol,
    url: protocol === 'grpc' ? endpoint.origin : httpUrl,
    headers: headersOf(read('HEADERS'), protocol),
    timeoutMs: numberOf(read('TIMEOUT'), TIMEOUT_MS),
    isCompressed: wordOf(read('COMPRESSION'), ['none', 'gzip'], 'none') === 'gzip',
    tls: tlsOf(read('CERTIFICATE'), read('CLIENT_CERTIFICATE'), read('CLIENT_KEY')),
  };
}

/** gRPC addresses are often written without a scheme: then it is decided by `…_INSECURE`. */
function endpointOf({ name, text }: Variable, isPlain: boolean): URL {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `${isPlain ? 'http' : 'https'}://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse(name, text, 'an http:// or https:// URL');
  if (isRefusedAddress(url.hostname))
    throw new TokenWatchError(
      'invalid_setting',
      `${name}="${withoutCredentials(text)}": ${url.hostname} ${REFUSED_WORDS}.`,
    );
  return url;
}

function protocolOf(wish: Variable | null, endpoint: URL): OtlpProtocol {
  const isHttp = endpoint.port === HTTP_PORT || SIGNAL_PATH.test(endpoint.pathname);
  return wordOf(wish, ['grpc', 'http/protobuf'], isHttp ? 'http/protobuf' : 'grpc');
}

/** A header that cannot be sent would end the worker with its first export. */
function headersOf(variable: Variable | null, protocol: OtlpProtocol): Record<string, string> {
  const headers = pairsOf(variable);
  const canSend = protocol === 'grpc' ? isGrpcHeader : isHttpHeader;
  for (const [name, value] of Object.entries(headers))
    if (!canSend(name, value))
      refuse(
        variable?.name ?? '',
        '…',
        `a list of headers for ${protocol}: "${name}", or its value, cannot be sent`,
      );
  return headers;
}

/** RFC 9110, sections 5.1 and 5.5. */
const HTTP_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HTTP_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const isHttpHeader = (name: string, value: string): boolean => HTTP_NAME.test(name) && HTTP_VALUE.test(value);
const isGrpcHeader = (name: string, value: string): boolean => GRPC_NAME.test(name) && GRPC_VALUE.test(value);

function tlsOf(ca: Variable | null, certificate: Variable | null, key: Variable | null): SignalTls {
  if (certificate !== null && key === null)
    throw new TokenWatchError(
      'invalid_setting',
      `${certificate.name} is set without ${certificate.name.replace('CERTIFICATE', 'KEY')}: the key that belongs to it.`,
    );
  if (key !== null && certificate === null)
    throw new TokenWatchError(
      'invalid_setting',
      `${key.name} is set without ${key.name.replace('KEY', 'CERTIFICATE')}: the certificate that it belongs to.`,
    );
  const tls = {
    ca: ca && pemOf(ca),
    client: certificate && key && { certificate: pemOf(certificate), key: pemOf(key) },
  };
  for (const [variable, options] of [
    [ca, tls.ca === null ? {} : { ca: tls.ca }],
    [certificate, tls.client === null ? {} : { cert: tls.client.certificate, key: tls.client.key }],
  ] as const) {
    try {
      createSecureContext(options);
    } catch (error) {
      refuse(
        variable?.name ?? '',
        variable?.text ?? '',
        `a PEM file that TLS can use (${(error as Error).message})`,
      );
    }
  }
  return tls;
}

function pemOf({ name, text }: Variable): string {
  let pem: string;
  try {
    pem = readSmallFile(text);
  } catch (error) {
    return refuse(name, text, `a file that can be read (${(error as Error).message})`);
  }
  return pem.includes('-----BEGIN ') ? pem : refuse(name, text, 'a PEM file');
}
