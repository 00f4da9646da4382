/**
 * What a status tells that is not well. unreadable: it is in no form that is known; stripe-failed: I/O on a
 * part of the content has failed; sync-stopped: copies are not in sync, and nothing is done about it;
 * copies-differ: they were found to, when they were last compared.
 */
export type Trouble = "unreadable" | "stripe-failed" | "sync-stopped" | "copies-differ";
