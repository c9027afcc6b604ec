// all-MiniLM-L6-v2 on ONNX Runtime. It refuses what it cannot read whole: a token that it does not know and words
// behind its last position leave no trace in the vector, so that texts which differ there would look the same.

import { Tokenizer } from '@huggingface/tokenizers';
import { TokenWatchError } from '../../../core/errors.ts';
import { type Encoder, unitLength } from '../encoder.ts';
import { DIMENSIONS, GRAPH, minilmGraph } from './minilm-graph.ts';
import { readModelFiles, WEIGHTS_SHA256 } from './model-files.ts';
import { readWeights } from './tfjs-weights.ts';

/** The model was trained on texts up to here. */
const TOKENS_MAX = 256;
/** Padding, unknown, start, end, mask: none of them belongs inside a text. */
const SPECIAL_TOKENS = new Set([0, 100, 101, 102, 103]);

/** What is used of `onnxruntime-node`, which need not be installed. */
interface Runtime {
  readonly Tensor: new (type: 'int64', values: BigInt64Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

interface Session {
  run(inputs: Readonly<Record<string, unknown>>): Promise<Record<string, { readonly data: unknown }>>;
}

export async function openMinilm(): Promise<Encoder> {
  const runtime = await loadRuntime();
  const files = await readModelFiles();
  const weights = readWeights(files.manifest as Parameters<typeof readWeights>[0], files.weights);
  const session = await runtime.InferenceSession.create(minilmGraph(weights), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const tokenizer = new Tokenizer(files.tokenizer, files.tokenizerConfig);
  return {
    id: `local:all-MiniLM-L6-v2:${WEIGHTS_SHA256.slice(0, 12)}`,
    dimensions: DIMENSIONS,
    encode: async (text) => {
      const ids = readTokens(tokenizer, text);
      const vectorOf = (values: readonly number[]): unknown =>
        new runtime.Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
      const outputs = await session.run({
        [GRAPH.ids]: vectorOf(ids),
        [GRAPH.positions]: vectorOf(ids.map((_, position) => position)),
      });
      return unitLength(outputs[GRAPH.mean]?.data as Float32Array);
    },
  };
}

function readTokens(tokenizer: Tokenizer, text: string): readonly number[] {
  const ids: readonly number[] = tokenizer.encode(text).ids;
  const inner = ids.slice(1, -1);
  if (inner.length === 0) throw new TokenWatchError('unembeddable', 'there is nothing in the text to embed');
  if (ids.length > TOKENS_MAX) {
    throw new TokenWatchError(
      'unembeddable',
      `the text has ${ids.length} tokens, and the model reads ${TOKENS_MAX}`,
    );
  }
  if (inner.some((id) => SPECIAL_TOKENS.has(id)))
    throw new TokenWatchError('unembeddable', 'the text has a token that the model does not know');
  return ids;
}

async function loadRuntime(): Promise<Runtime> {
  try {
    // The name is no literal: types and bundlers must not need a package that is optional.
    const name = 'onnxruntime-node';
    const loaded = (await import(name)) as { default: Runtime };
    return loaded.default;
  } catch (error) {
    throw new TokenWatchError(
      'embedder_failed',
      `the local embedder needs the package onnxruntime-node (${(error as Error).message.split('\n')[0]}): ` +
        'run "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0" where TokenWatch is installed',
      { cause: error },
    );
  }
}
