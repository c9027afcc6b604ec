// Reads a certificate and its key, and says what is wrong with them before a client finds out.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { counted } from '../core/counted.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { TlsPair } from '../core/tls-pair.ts';
import type { TlsFiles } from './tls-files.ts';

export interface Certificate {
  readonly pair: TlsPair;
  /** SHA-256 of the port's own certificate, as `AB:CD:…`. */
  readonly fingerprint: string;
  readonly endsAtMs: number;
  /** What does not keep it from working, and should be known. */
  readonly warnings: readonly string[];
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
/** Anybody else may read it, or its group may write it. */
const TOO_OPEN = 0o027;

/** Throws `invalid_setting` with the setting, the file and what is wrong. */
export function readCertificate(files: TlsFiles, nowMs: number): Certificate {
  const { names, minVersion } = files;
  for (const [name, path, other] of [
    [names.cert, files.cert, names.key],
    [names.key, files.key, names.cert],
  ] as const)
    if (path === '')
      throw invalid(`${other} is set and ${name} is not: a port that speaks TLS needs both files.`);
  const cert = read(names.cert, files.cert);
  const key = read(names.key, files.key);
  const leaf = certificateIn(cert, `${names.cert}="${files.cert}"`);
  const privateKey = keyIn(key, `${names.key}="${files.key}"`);
  if (!leaf.checkPrivateKey(privateKey))
    throw invalid(
      `${names.key}="${files.key}" is not the key of the certificate in ${names.cert}="${files.cert}". Where the file has several certificates, the server's own comes first.`,
    );
  try {
    createSecureContext({ cert, key, minVersion });
  } catch (cause) {
    throw invalid(`${names.cert}="${files.cert}" cannot be used: ${reasonOf(cause)}.`, cause);
  }
  const [fromMs, endsAtMs] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  const warnings = [...timeWarnings(files.cert, fromMs, endsAtMs, nowMs), ...modeWarnings(files.key)];
  return { pair: { cert, key, minVersion }, fingerprint: leaf.fingerprint256, endsAtMs, warnings };
}

function read(name: string, path: string): string {
  try {
    // A pipe would be waited for, with everything else.
    if (!statSync(path).isFile()) throw new Error('it is no regular file');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(
      `${name}="${path}" cannot be read (${(cause as NodeJS.ErrnoException).code ?? reasonOf(cause)}).`,
      cause,
    );
  }
}

function certificateIn(text: string, what: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw invalid(`${what} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).`, cause);
  }
}

function keyIn(text: string, what: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const isEncrypted = /ENCRYPTED/.test(text);
    throw invalid(
      isEncrypted
        ? `${what} is encrypted with a passphrase. Write it without one (openssl pkey -in FILE -out FILE.plain) and keep it readable for its owner alone.`
        : `${what} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----).`,
      cause,
    );
  }
}

function timeWarnings(path: string, fromMs: number, endsAtMs: number, nowMs: number): readonly string[] {
  const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
  if (nowMs >= endsAtMs)
    return [`The certificate ${path} ended on ${day(endsAtMs)}: clients refuse it. Replace the file.`];
  if (nowMs < fromMs)
    return [`The certificate ${path} holds from ${day(fromMs)} on: clients refuse it until then.`];
  const days = Math.floor((endsAtMs - nowMs) / DAY_MS);
  return days >= SOON_DAYS
    ? []
    : [
        `The certificate ${path} ends on ${day(endsAtMs)}, in ${counted(days, 'day')}. Replace the file in time.`,
      ];
}

function modeWarnings(path: string): readonly string[] {
  if (process.platform === 'win32') return [];
  const mode = statSync(path).mode & 0o777;
  if ((mode & TOO_OPEN) === 0) return [];
  return [
    `The key ${path} can be read or written by others (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it.`,
  ];
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function invalid(message: string, cause?: unknown): TokenWatchError {
  return new TokenWatchError('invalid_setting', message, { cause });
}
