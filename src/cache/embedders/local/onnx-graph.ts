// Writes an ONNX model: nodes and initial values, in the order in which they are added.
// Field numbers are those of onnx.proto3.

import { PbfWriter } from 'pbf';

type Attribute = number | readonly number[];

const IR_VERSION = 10;
/** The first operator set with Gelu. */
const OPERATOR_SET = 20;
const TYPE = { float32: 1, uint8: 2, int64: 7 } as const;
type ElementType = keyof typeof TYPE;
const ATTRIBUTE_TYPE = { float: 1, integer: 2, integers: 7 } as const;

export class OnnxGraph {
  readonly #graph = new PbfWriter();
  #names = 0;

  /** Adds a node and returns the name of its result. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = this.#freshName();
    this.#write(output, operator, inputs, attributes);
    return output;
  }

  /** Copies a value to a named output of the whole graph. */
  output(name: string, value: string, shape: readonly (number | string)[]): void {
    this.#write(name, 'Identity', [value], {});
    this.#graph.writeMessage(12, writeValueInfo, { name, type: 'float32', shape });
  }

  input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    this.#graph.writeMessage(11, writeValueInfo, { name, type, shape });
    return name;
  }

  /** A value that is known beforehand; little-endian bytes. */
  constant(type: ElementType, shape: readonly number[], bytes: Uint8Array): string {
    const name = this.#freshName();
    this.#graph.writeMessage(
      5,
      (_, writer) => {
        for (const size of shape) writer.writeVarintField(1, size);
        writer.writeVarintField(2, TYPE[type]);
        writer.writeStringField(8, name);
        writer.writeBytesField(9, bytes);
      },
      null,
    );
    return name;
  }

  number(value: number): string {
    return this.constant('float32', [], bytesOf(new Float32Array([value])));
  }

  integers(values: readonly number[]): string {
    return this.constant('int64', [values.length], bytesOf(BigInt64Array.from(values, BigInt)));
  }

  finish(): Uint8Array {
    const graph = this.#graph;
    graph.writeStringField(2, 'graph');
    const model = new PbfWriter();
    model.writeVarintField(1, IR_VERSION);
    model.writeBytesField(7, graph.finish());
    model.writeMessage(8, (_, writer) => writer.writeVarintField(2, OPERATOR_SET), null);
    return model.finish();
  }

  #freshName(): string {
    this.#names += 1;
    return `v${this.#names}`;
  }

  #write(
    output: string,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): void {
    this.#graph.writeMessage(
      1,
      (_, writer) => {
        for (const input of inputs) writer.writeStringField(1, input);
        writer.writeStringField(2, output);
        writer.writeStringField(4, operator);
        for (const attribute of Object.entries(attributes)) writer.writeMessage(5, writeAttribute, attribute);
      },
      null,
    );
  }
}

export function bytesOf(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Whole numbers are written as integers: no operator in use has a float attribute that is whole. */
function writeAttribute([name, value]: [string, Attribute], writer: PbfWriter): void {
  writer.writeStringField(1, name);
  if (typeof value !== 'number') {
    for (const each of value) writer.writeVarintField(8, each);
    writer.writeVarintField(20, ATTRIBUTE_TYPE.integers);
  } else if (Number.isInteger(value)) {
    writer.writeVarintField(3, value);
    writer.writeVarintField(20, ATTRIBUTE_TYPE.integer);
  } else {
    writer.writeFloatField(2, value);
    writer.writeVarintField(20, ATTRIBUTE_TYPE.float);
  }
}

function writeValueInfo(
  { name, type, shape }: { name: string; type: ElementType; shape: readonly (number | string)[] },
  writer: PbfWriter,
): void {
  const writeDimension = (size: number | string, dimension: PbfWriter): void => {
    if (typeof size === 'number') dimension.writeVarintField(1, size);
    else dimension.writeStringField(2, size);
  };
  writer.writeStringField(1, name);
  writer.writeMessage(
    2,
    (_, typeWriter) =>
      typeWriter.writeMessage(
        1,
        (_tensor, tensor) => {
          tensor.writeVarintField(1, TYPE[type]);
          tensor.writeMessage(
            2,
            (_shape, shapeWriter) => {
              for (const size of shape) shapeWriter.writeMessage(1, writeDimension, size);
            },
            null,
          );
        },
        null,
      ),
    null,
  );
}
