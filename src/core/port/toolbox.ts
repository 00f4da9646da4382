import type { DocumentName, Documents } from "../../schema/index.ts";
import type { ParameterSpec, Parameters } from "./parameters.ts";

/**
 * In a mutator's arguments it stands for the path of a file with the discovery document, alone or as the
 * value of an option.
 */
export const DISCOVERY_WORD = "{discovery}";

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

/** In a text nothing but words can stand: of documents and bytes the paths. */
type Written<S extends ParameterSpec> = S extends { document: DocumentName } | { bytes: true }
  ? string
  : S extends { type: "flag" }
    ? boolean
    : S extends { type: "count" }
      ? number
      : S extends { choices: readonly (infer Word)[] }
        ? Word
        : string | number;

type Many<S extends ParameterSpec, One> = S extends { many: true } ? readonly One[] : One;

type Required<P> = { [K in keyof P]: P[K] extends { required: true } ? K : never }[keyof P];

/** Documents and bytes as they are; of the rest what a person types, or the value. */
type Inputs<P extends Parameters> = {
  readonly [K in Required<P>]: Many<P[K], Input<P[K]>>;
} & { readonly [K in Exclude<keyof P, Required<P>>]?: Many<P[K], Input<P[K]>> | undefined };

type Words<P extends Parameters> = {
  readonly [K in Required<P>]: Many<P[K], Written<P[K]>>;
} & { readonly [K in Exclude<keyof P, Required<P>>]?: Many<P[K], Written<P[K]>> | undefined };

/** May be left out where nothing in it is required. */
type Part<Key extends string, P extends Parameters, Values> = [Required<P>] extends [never]
  ? { readonly [K in Key]?: Values }
  : { readonly [K in Key]: Values };

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
type TypedCall<T extends Tool, N extends NameOf<T>> = {
  readonly applet: T;
  /** Left out for an applet without verbs. */
  readonly verb?: N;
  /** The document, or bytes of it, on its stdin. */
  readonly stdin?: unknown;
  /** What stands behind `--`: of ours, as `words` gives it. */
  readonly command?: readonly string[];
} & Part<"operands", Named<T, N>["operands"], Inputs<Named<T, N>["operands"]>> &
  Part<"options", Named<T, N>["options"], Inputs<Named<T, N>["options"]>>;

/** The same, to be written down. */
type TypedWords<T extends Tool, N extends NameOf<T>> = {
  readonly applet: T;
  readonly verb: N;
} & Part<"operands", Named<T, N>["operands"], Words<Named<T, N>["operands"]>> &
  Part<"options", Named<T, N>["options"], Words<Named<T, N>["options"]>>;

/** A verb and its options as a batch has them. */
export type Batched<T extends Tool> = {
  readonly [N in NameOf<T>]: { readonly verb: N } & Words<Named<T, N>["options"]>;
}[NameOf<T>];

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
  /**
   * A call as words, by the table: what `tm` takes behind `--`.
   * @throws Error for a call that the verb does not declare: that is our bug
   */
  words<const T extends Tool, const N extends NameOf<T>>(call: TypedWords<T, N>): Promise<readonly string[]>;
  /**
   * The words as typed, but where the verb's table says that they name PVs.
   * @param naming gives what stands there instead
   */
  withPvs(argv: readonly string[], naming: (word: string) => Promise<string>): Promise<readonly string[]>;
  /** Calls an applet of ours with arguments as typed, as a mutator: stdin bytes to stdout bytes. */
  mutate(argv: readonly string[], stdin: Uint8Array): Promise<Uint8Array>;
  /** True when `argv` names an applet of ours that may serve as mutator in this process. */
  has(argv: readonly string[]): boolean;
}
