export declare const obeyed: readonly string[];
export declare function beginWithEntry(path: string): Promise<void>;
export const bundleHead: string;
export const seaOptions: { readonly execArgv: readonly string[]; readonly execArgvExtension: string };
