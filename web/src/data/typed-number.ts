// A number as it was typed: what is none is told by the field's name, before it is sent.

export function typedNumber(label: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value))
    throw new Error(`${label}: "${text.trim()}" is no number. Write one such as 20 or 0.5.`);
  return value;
}
