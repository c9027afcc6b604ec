// A stored prompt with its answer as people read it, whatever its protocol.

export interface StoredConversation {
  readonly isRedacted: boolean;
  readonly turns: readonly StoredTurn[];
}

/** The prompt alone, as it can be asked again. */
export interface StoredRequest {
  readonly isRedacted: boolean;
  /** The body, as JSON. */
  readonly request: string;
}

export interface StoredTurn {
  /** `system`, `user`, `assistant`, `tool` … as the protocol calls it. */
  readonly role: string;
  readonly parts: readonly StoredPart[];
}

/** `call`: a tool is called with `text`; `result`: what it returned; `media`: what stands for an image or a file. */
export type StoredPart =
  | { readonly type: 'text' | 'media'; readonly text: string }
  | { readonly type: 'call' | 'result'; readonly name: string; readonly text: string };
