// Any model for sentence embeddings through @huggingface/transformers, which the operator installs.

import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import { type Encoder, unitLength, vectorFingerprint } from './encoder.ts';

const PACKAGE = '@huggingface/transformers';
/** A model that states no limit is trusted up to here. */
const TOKENS_MAX = 256;

/** What is used of the package. */
interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  pipeline(task: 'feature-extraction', model: string, options: object): Promise<Extractor>;
}

interface Extractor {
  readonly tokenizer: {
    readonly model_max_length?: number;
    readonly unk_token_id?: number | null;
    encode(text: string): readonly number[];
  };
  (text: string, options: object): Promise<{ readonly data: Float32Array }>;
}

/** `model` is a folder, or an id that the package downloads and keeps in its own folder. */
export async function openTransformers(model: string): Promise<Encoder> {
  const { env, pipeline } = await load();
  const folder = existsSync(model) ? resolve(model) : null;
  if (folder !== null) {
    env.localModelPath = dirname(folder);
    env.allowRemoteModels = false;
  }
  const name = folder === null ? model : basename(folder);
  const extractor = await pipeline('feature-extraction', name, { dtype: 'fp32' }).catch((error: unknown) => {
    throw new TokenWatchError(
      'embedder_failed',
      `the model ${model} could not be loaded (${(error as Error).message.split('\n')[0]}): name a folder with ` +
        'config.json, tokenizer.json and onnx/model.onnx, or the id of a model that has them',
      { cause: error },
    );
  });
  const { tokenizer } = extractor;
  const tokensMax = Math.min(tokenizer.model_max_length ?? TOKENS_MAX, TOKENS_MAX);
  const encode = async (text: string): Promise<Float32Array> => {
    const ids = tokenizer.encode(text);
    if (ids.length > tokensMax) {
      throw new TokenWatchError(
        'unembeddable',
        `the text has ${ids.length} tokens, and the model reads ${tokensMax}`,
      );
    }
    if (typeof tokenizer.unk_token_id === 'number' && ids.includes(tokenizer.unk_token_id))
      throw new TokenWatchError('unembeddable', 'the text has a token that the model does not know');
    const { data } = await extractor(text, { pooling: 'mean' });
    return unitLength(data);
  };
  const probe = await encode('How long is a vector?');
  return { id: `transformers:${model}:${vectorFingerprint(probe)}`, dimensions: probe.length, encode };
}

async function load(): Promise<Transformers> {
  try {
    return (await import(PACKAGE)) as Transformers;
  } catch (error) {
    throw new TokenWatchError(
      'embedder_failed',
      `the embedder "transformers" needs the package ${PACKAGE} (${(error as Error).message.split('\n')[0]}): ` +
        `run "npm install ${PACKAGE}" where TokenWatch is installed`,
      { cause: error },
    );
  }
}
