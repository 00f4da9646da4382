/**
 * Milliseconds by a clock that nobody sets. For `performance` Node would have to load what a short command
 * does without.
 */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
