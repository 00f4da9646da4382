export declare const obeyed: readonly string[];
export declare function beginWithEntry(path: string): Promise<void>;
