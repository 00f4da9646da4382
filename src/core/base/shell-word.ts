/** What is to be typed for a word in sh: as it is, or in quotes where it would be split or read. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
