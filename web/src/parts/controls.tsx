// Small controls that every tab uses: buttons, choices, fields, pills.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { messageOf } from '../data/ask.ts';
import { useMayChange } from '../data/may-change.ts';
import { copyText } from './clipboard.ts';

type ButtonKind = 'plain' | 'lead' | 'danger' | 'quiet';

export function Button(
  props: Omit<JSX.IntrinsicElements['button'], 'kind' | 'class'> & {
    readonly kind?: ButtonKind;
    /** It changes something, or shows what was said: there is none for viewers. */
    readonly forOperators?: boolean;
    readonly children: ComponentChildren;
  },
) {
  const { kind = 'plain', forOperators = false, children, ...rest } = props;
  const mayChange = useMayChange();
  if (forOperators && !mayChange) return null;
  return (
    <button type="button" class={`button ${kind}`} {...rest}>
      {children}
    </button>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** One of a few, all in sight. */
export function Segmented<T extends string>(props: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend class="unseen">{props.label}</legend>
      {props.choices.map(({ value, label }) => (
        <label key={value} class={value === props.value ? 'chosen' : ''}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChoose(value)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** One of several, behind a button of the system's own. */
export function Select<T extends string>(props: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}) {
  const id = useId();
  return (
    <span class="select">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        onChange={(event) => props.onChoose(event.currentTarget.value as T)}
      >
        {props.choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </span>
  );
}

export type Tone = 'good' | 'warn' | 'bad' | 'accent' | 'quiet';

export function Pill(props: {
  readonly tone: Tone;
  readonly title?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`pill ${props.tone}`} title={props.title}>
      {props.children}
    </span>
  );
}

/** A labelled field of a form, with what it takes and what is wrong below it. */
export function Field(props: {
  readonly label: string;
  readonly hint?: string;
  readonly fault?: string | null;
  readonly children: (id: string, described: string | undefined) => ComponentChildren;
}) {
  const id = useId();
  const isDescribed = props.hint !== undefined || (props.fault ?? null) !== null;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(id, isDescribed ? `${id}-about` : undefined)}
      {isDescribed && (
        <p id={`${id}-about`} class={props.fault ? 'field-fault' : 'field-hint'}>
          {props.fault ?? props.hint}
        </p>
      )}
    </div>
  );
}

export function TextField(props: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly list?: readonly string[];
  readonly inputMode?: 'text' | 'decimal' | 'numeric';
}) {
  const { label, hint, value, list } = props;
  return (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(id, described) => (
        <>
          <input
            id={id}
            type="text"
            autocomplete="off"
            spellcheck={false}
            value={value}
            placeholder={props.placeholder}
            required={props.required}
            inputMode={props.inputMode}
            list={list === undefined ? undefined : `${id}-list`}
            aria-describedby={described}
            onInput={(event) => props.onInput(event.currentTarget.value)}
          />
          {list !== undefined && (
            <datalist id={`${id}-list`}>
              {list.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

export function SelectField<T extends string>(props: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  readonly hint?: string;
}) {
  return (
    <Field label={props.label} {...(props.hint !== undefined && { hint: props.hint })}>
      {(id, described) => (
        <select
          id={id}
          value={props.value}
          aria-describedby={described}
          onChange={(event) => props.onChoose(event.currentTarget.value as T)}
        >
          {props.choices.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Turns at once; back again where the change is refused. */
export function Switch(props: {
  readonly label: string;
  readonly isOn: boolean;
  /** Resolves to false where it was refused. */
  readonly onChange: (isOn: boolean) => Promise<boolean>;
}) {
  const { isOn } = props;
  const mayChange = useMayChange();
  const [shown, setShown] = useState(isOn);
  useEffect(() => setShown(isOn), [isOn]);
  const change = async (wanted: boolean): Promise<void> => {
    setShown(wanted);
    if (!(await props.onChange(wanted))) setShown(isOn);
  };
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={shown}
        disabled={!mayChange}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      <span class="unseen">{props.label}</span>
    </label>
  );
}

const COPIED_MS = 1600;

export function CopyButton(props: {
  /** Or what fetches it. */
  readonly text: string | (() => Promise<string>);
  readonly label?: string;
}) {
  const { text, label = 'Copy' } = props;
  /** Null before it was pressed, and a while after. */
  const [outcome, setOutcome] = useState<{ readonly words: string; readonly why?: string } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => void (timer.current !== null && clearTimeout(timer.current)), []);
  const copy = async (): Promise<void> => {
    try {
      await copyText(typeof text === 'string' ? text : text());
      setOutcome({ words: 'Copied' });
    } catch (error) {
      setOutcome({ words: 'Not copied', why: messageOf(error) });
    }
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => setOutcome(null), COPIED_MS);
  };
  return (
    <Button kind="quiet" title={outcome?.why} onClick={() => void copy()}>
      <span aria-live="polite">{outcome?.words ?? label}</span>
    </Button>
  );
}
