export declare const obeyed: readonly string[];
export declare function keepObeyedOnly(path: string): Promise<void>;
