// The content of a Messages turn, which is a text or a list of blocks.

export function blocksOf(content: unknown): unknown[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}
