/** Child processes that are not our applets: mutators that somebody else wrote. */
export interface Processes {
  /**
   * Runs a command without a shell, with a clean environment, `input` on its stdin and our stderr.
   * @param limit bytes of stdout that are taken at most; more kills it
   * @returns its exit status (128 + signal when killed) and its stdout
   * @throws DvmError NOT_FOUND when there is no such command, TOO_LARGE beyond the limit
   */
  run(
    command: readonly string[],
    input: Uint8Array,
    limit: number,
  ): Promise<{ status: number; stdout: Buffer }>;
}
