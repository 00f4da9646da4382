/** One call of another applet, with documents and bytes passed as values. */
export interface ToolCall {
  readonly applet: string;
  /** Left out for an applet without verbs. */
  readonly verb?: string;
  readonly operands?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
  /** The document, or bytes of it, on its stdin. */
  readonly stdin?: unknown;
  readonly command?: readonly string[];
}

/**
 * How one applet uses another: through its public verbs and documents only. Parameters that name a file take
 * the document (a value, or its bytes as Uint8Array) itself; others take text as a person types it.
 */
export interface Toolbox {
  /**
   * @returns what the applet gives on stdout: the document's value, or bytes
   * @throws DvmError as the applet failed
   */
  call(call: ToolCall): Promise<unknown>;
  /** Calls an applet of ours with arguments as typed, as a mutator: stdin bytes to stdout bytes. */
  mutate(argv: readonly string[], stdin: Uint8Array): Promise<Uint8Array>;
  /** True when `argv` names an applet of ours that may serve as mutator in this process. */
  has(argv: readonly string[]): boolean;
}
