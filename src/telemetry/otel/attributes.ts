// What a span, a metric or an event is told with.

export type AttributeValue = string | number | boolean | string[];
export type Attributes = Record<string, AttributeValue>;

/** Without those that are not known: a null would be taken for a value. */
export function present(given: Readonly<Record<string, AttributeValue | null | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, AttributeValue] => entry[1] != null),
  );
}
