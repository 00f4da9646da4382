import type { DocumentName, Documents } from "../../schema/index.ts";
import type { ParameterSpec, Parameters } from "./parameters.ts";

/** The tools that call one another, with their verbs: applets/index.ts puts them in, from its table. */
// biome-ignore lint/suspicious/noEmptyInterface: filled where the table is.
export interface Tools {}

type Tool = keyof Tools;
type VerbOf<T extends Tool> = Tools[T]["verbs"][number];
type NameOf<T extends Tool> = VerbOf<T>["name"];
type Named<T extends Tool, N> = Extract<VerbOf<T>, { readonly name: N }>;

type Input<S extends ParameterSpec> = S extends { document: infer D extends DocumentName }
  ? Documents[D] | Uint8Array
  : S extends { bytes: true }
    ? Uint8Array
    : S extends { type: "flag" }
      ? boolean
      : string | number;

/** Documents and bytes as they are; of the rest what a person types, or the value. */
type Inputs<P> = P extends Parameters
  ? {
      readonly [K in keyof P]?:
        | (P[K] extends { many: true } ? readonly Input<P[K]>[] : Input<P[K]>)
        | undefined;
    }
  : never;

/** Metadata are given as the text that is stored. */
type Output<O> = O extends "metadata" | "bytes" ? Uint8Array : O extends DocumentName ? Documents[O] : string;

/** One call of another applet, with documents and bytes passed as values. */
export interface ToolCall {
  readonly applet: string;
  readonly verb?: string;
  readonly operands?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly stdin?: unknown;
  readonly command?: readonly string[];
}

/** A call as the table declares it. */
interface TypedCall<T extends Tool, N extends NameOf<T>> extends ToolCall {
  readonly applet: T;
  /** Left out for an applet without verbs. */
  readonly verb?: N;
  readonly operands?: Inputs<Named<T, N>["operands"]>;
  readonly options?: Inputs<Named<T, N>["options"]>;
  /** The document, or bytes of it, on its stdin. */
  readonly stdin?: unknown;
  readonly command?: readonly string[];
}

/** What the verb gives. */
type Given<T extends Tool, N extends NameOf<T>> = Output<Named<T, N>["output"]>;

/**
 * How one applet uses another: through its public verbs and documents only. Parameters that name a file take
 * the document (a value, or its bytes as Uint8Array) itself; others take text as a person types it.
 */
export interface Toolbox {
  /**
   * @returns what the applet gives on stdout: the document's value, or bytes
   * @throws DvmError as the applet failed
   */
  call<const T extends Tool, const N extends NameOf<T>>(call: TypedCall<T, N>): Promise<Given<T, N>>;
  /** Calls an applet of ours with arguments as typed, as a mutator: stdin bytes to stdout bytes. */
  mutate(argv: readonly string[], stdin: Uint8Array): Promise<Uint8Array>;
  /** True when `argv` names an applet of ours that may serve as mutator in this process. */
  has(argv: readonly string[]): boolean;
}
