// Reads the weights of a TensorFlow.js graph: one file of bytes, and a manifest that says what lies where.

interface Quantization {
  readonly dtype: 'uint8';
  readonly min: number;
  readonly scale: number;
}

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: Quantization;
}

interface Manifest {
  readonly weightsManifest: readonly { readonly weights: readonly WeightEntry[] }[];
}

/** One byte for each value, which stands for `byte * scale + min`. */
export interface QuantizedWeight {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly scale: number;
  readonly min: number;
}

const INTEGER_BYTES = 4;

/** The quantized weights by name. Throws where manifest and bytes do not fit each other. */
export function readWeights(manifest: Manifest, bytes: Uint8Array): ReadonlyMap<string, QuantizedWeight> {
  const weights = new Map<string, QuantizedWeight>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of manifest.weightsManifest.flatMap(
    (part) => part.weights,
  )) {
    const values = shape.reduce((product, size) => product * size, 1);
    const length = quantization === undefined ? values * INTEGER_BYTES : values;
    if (quantization === undefined && dtype !== 'int32')
      throw new Error(`the weight ${name} is ${dtype} and not quantized to bytes`);
    if (quantization !== undefined) {
      const { min, scale } = quantization;
      weights.set(name, { shape, min, scale, bytes: bytes.subarray(offset, offset + length) });
    }
    offset += length;
  }
  if (offset !== bytes.length)
    throw new Error(`the manifest describes ${offset} bytes of weights, and there are ${bytes.length}`);
  return weights;
}
