// Whether a document that was read from a file has what those who go by it take for granted.

type Fields = Readonly<Record<string, 'string' | 'number' | 'object'>>;

/** An object with these fields, none of them null. */
export function hasShape(value: unknown, fields: Fields): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(fields).every(([name, type]) => typeof given[name] === type && given[name] !== null);
}

export const isListOf = (value: unknown, isRight: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isRight);
