/** What a row of the table of benchmarks is: a value in one file of its name. */
export interface Row {
  readonly name: string;
  /** As design and README promise it. */
  readonly work: string;
  readonly reach: string;
  /** What is missing on this machine, in words; undefined when it can run. */
  readonly lacks?: () => string | undefined;
  readonly run: (place: Place) => Promise<readonly Result[]>;
}

/** Where a row works. Everything in it goes afterwards. */
export interface Place {
  readonly directory: string;
  /** Is called when the row has ended, in reverse order. */
  readonly atEnd: (undo: () => void) => void;
  readonly say: (line: string) => void;
}

export interface Result {
  /** What was measured, when the row has several. */
  readonly what: string;
  readonly measured: string;
  readonly reached: boolean;
}
