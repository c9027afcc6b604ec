// Whether a body speaks of what lies at one account.

/** Names that refer to what was uploaded or stored, wherever they stand. */
const REFERENCES = [
  Buffer.from('"file_id"'),
  Buffer.from('"vector_store_ids"'),
  Buffer.from('"item_reference"'),
];

export function refersToStored(text: Buffer): boolean {
  return REFERENCES.some((reference) => text.includes(reference));
}
