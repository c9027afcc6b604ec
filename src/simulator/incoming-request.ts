// Reads an HTTP request into what the protocol files answer.

import type { IncomingMessage } from 'node:http';
import type { ProviderRequest } from './answer.ts';
import { isObject, objectOf, textOf } from './json-value.ts';
import { modelProfile } from './models.ts';
import { type Random, randomFrom, seedOf } from './random.ts';
import { operationPath } from './router.ts';
import { NO_SIMULATION, parseSimulation, type Simulation, splitModel } from './simulation.ts';

const PROVIDER_ID = /\b(?:toolu|call|msg|resp|rs|fc|sig)_[0-9A-Za-z]{20,}/g;

export interface ReadBody {
  /** Empty where the body was only counted. */
  readonly bytes: Buffer;
  readonly length: number;
}

interface Circumstances {
  readonly seed: number;
  readonly identity: Random;
  readonly bodyBytes: number;
  readonly nowMs: number;
}

/** `document` is null for bodies that are not JSON. A `fault` is what a misspelt simulation gets. */
export function understand(
  incoming: IncomingMessage,
  document: ReadBody | null,
  { seed, identity, bodyBytes, nowMs }: Circumstances,
): { readonly request: ProviderRequest; readonly fault: string | null } {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const json = document === null ? undefined : parsed(document.bytes);
  const { model, controls } = splitModel(textOf(objectOf(json).model));
  const header = incoming.headers['x-simulate'];
  let simulation: Simulation = NO_SIMULATION;
  let fault: string | null = null;
  try {
    simulation = parseSimulation(`${Array.isArray(header) ? header.join(';') : (header ?? '')};${controls}`);
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  const request: ProviderRequest = {
    method: incoming.method ?? 'GET',
    path: operationPath(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    bodyBytes,
    json,
    model,
    profile: modelProfile(model),
    simulation,
    random: randomFrom(seedOf(wordsOf(json, model), seed)),
    identity,
    nowMs,
  };
  return { request, fault };
}

/**
 * What decides the answer's words. The way of delivery does not, nor do ids that a provider gave out, so that
 * a stream says what the document says, and a conversation goes the same way twice.
 */
function wordsOf(json: unknown, model: string): string {
  if (!isObject(json)) return JSON.stringify(json ?? null);
  const { stream: _stream, stream_options: _options, ...rest } = json;
  return JSON.stringify({ ...rest, model }).replace(PROVIDER_ID, '');
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Undefined is the answer for "no JSON": the router turns it into the provider's 400.
    return undefined;
  }
}

/** Null when the client went away in the middle. Without `keep`, bytes are counted and dropped. */
export async function readBody(incoming: IncomingMessage, keep: boolean): Promise<ReadBody | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (keep) chunks.push(chunk);
    }
  } catch {
    // The only failure here is an aborted upload, and nobody is left to answer.
    return null;
  }
  return { bytes: Buffer.concat(chunks), length };
}
