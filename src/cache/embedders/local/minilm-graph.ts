// all-MiniLM-L6-v2 as an ONNX graph: a BERT encoder of six layers, and the mean of what it makes of the tokens. The
// weights are widened to floats here, since the runtime would do it anew for each prompt. Only the table of tokens
// stays in bytes (12 MB instead of 47): a prompt reads a few rows of it.

import { bytesOf, OnnxGraph } from './onnx-graph.ts';
import type { QuantizedWeight } from './tfjs-weights.ts';

export const DIMENSIONS = 384;
const LAYERS = 6;
const HEADS = 12;
const HEAD_SIZE = DIMENSIONS / HEADS;
const EPSILON = 1e-12;
const ROOT = 'StatefulPartitionedCall/model/tf_bert_model/bert';

export const GRAPH = { ids: 'ids', positions: 'positions', mean: 'mean' } as const;

export function minilmGraph(weights: ReadonlyMap<string, QuantizedWeight>): Uint8Array {
  const writer = new GraphWriter(weights);
  const { graph } = writer;
  const ids = graph.input(GRAPH.ids, 'int64', ['tokens']);
  const positions = graph.input(GRAPH.positions, 'int64', ['tokens']);
  const words = writer.rows('unknown', ids);
  const places = graph.node('Gather', [writer.weight('unknown_0'), positions]);
  const segment = graph.node('Gather', [writer.weight('unknown_1'), graph.integers([0])]);
  let hidden = graph.node('Add', [graph.node('Add', [words, places]), segment]);
  hidden = writer.normalized(hidden, `${ROOT}/embeddings`);
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const path = `${ROOT}/encoder/layer_._${layer}`;
    const attended = graph.node('Add', [hidden, attention(writer, hidden, `${path}/attention`)]);
    hidden = writer.normalized(attended, `${path}/attention/output`);
    const inner = graph.node('Gelu', [writer.dense(hidden, `${path}/intermediate/dense`)]);
    const outer = graph.node('Add', [hidden, writer.dense(inner, `${path}/output/dense`)]);
    hidden = writer.normalized(outer, `${path}/output`);
  }
  const mean = graph.node('ReduceMean', [hidden, graph.integers([0])], { keepdims: 0 });
  graph.output(GRAPH.mean, mean, [DIMENSIONS]);
  return graph.finish();
}

/** Without a mask: one text at a time is read, so that nothing is padded. */
function attention(writer: GraphWriter, hidden: string, path: string): string {
  const { graph } = writer;
  const split = (name: string, order: readonly number[]): string => {
    const dense = writer.dense(hidden, `${path}/self/${name}`);
    const heads = graph.node('Reshape', [dense, graph.integers([-1, HEADS, HEAD_SIZE])]);
    return graph.node('Transpose', [heads], { perm: order });
  };
  const scores = graph.node('MatMul', [split('query', [1, 0, 2]), split('key', [1, 2, 0])]);
  const scaled = graph.node('Mul', [scores, graph.number(1 / Math.sqrt(HEAD_SIZE))]);
  const shares = graph.node('Softmax', [scaled], { axis: -1 });
  const mixed = graph.node('MatMul', [shares, split('value', [1, 0, 2])]);
  const joined = graph.node('Transpose', [mixed], { perm: [1, 0, 2] });
  const flat = graph.node('Reshape', [joined, graph.integers([-1, DIMENSIONS])]);
  return writer.dense(flat, `${path}/output/dense`);
}

class GraphWriter {
  readonly graph = new OnnxGraph();
  readonly #weights: ReadonlyMap<string, QuantizedWeight>;

  constructor(weights: ReadonlyMap<string, QuantizedWeight>) {
    this.#weights = weights;
  }

  /** A whole weight, in floats. */
  weight(name: string): string {
    const { shape, bytes, scale, min } = this.#find(name);
    const floats = new Float32Array(bytes.length);
    for (let index = 0; index < bytes.length; index += 1) floats[index] = (bytes[index] ?? 0) * scale + min;
    return this.graph.constant('float32', shape, bytesOf(floats));
  }

  /** Some rows of a weight, in floats. */
  rows(name: string, indices: string): string {
    const weight = this.#find(name);
    const bytes = this.graph.constant('uint8', weight.shape, weight.bytes);
    return this.#widened(this.graph.node('Gather', [bytes, indices]), weight);
  }

  dense(input: string, path: string): string {
    const product = this.graph.node('MatMul', [input, this.weight(`${path}/Tensordot/ReadVariableOp`)]);
    return this.graph.node('Add', [product, this.weight(`${path}/BiasAdd/ReadVariableOp`)]);
  }

  normalized(input: string, path: string): string {
    const scale = this.weight(`${path}/LayerNorm/batchnorm/mul/ReadVariableOp`);
    const bias = this.weight(`${path}/LayerNorm/batchnorm/ReadVariableOp`);
    return this.graph.node('LayerNormalization', [input, scale, bias], { axis: -1, epsilon: EPSILON });
  }

  #widened(bytes: string, { scale, min }: QuantizedWeight): string {
    const floats = this.graph.node('Cast', [bytes], { to: 1 });
    const scaled = this.graph.node('Mul', [floats, this.graph.number(scale)]);
    return this.graph.node('Add', [scaled, this.graph.number(min)]);
  }

  #find(name: string): QuantizedWeight {
    const weight = this.#weights.get(name);
    if (weight === undefined) throw new Error(`the model has no weight ${name}`);
    return weight;
  }
}
