/** What dvm tend does of a VG whose policy says nothing else, in percent. */

/** A part that keeps things gets longer when so much of it is taken. */
export const EXTEND_AT = 80;
/** By so much of what it has. */
export const EXTEND_BY = 20;
