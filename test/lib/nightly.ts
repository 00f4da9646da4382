/**
 * `npm run test:nightly` takes all rows of what only repeats itself with other chances, and more random cases:
 * the suite takes some of them.
 */
const isNightly = process.env["DVM_NIGHTLY"] === "1";

export const orNightly = <T>(some: T, all: T): T => (isNightly ? all : some);
