/** Levenshtein: how many letters must be added, taken away or changed. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...a].entries()) {
    const next = [line + 1];
    for (let column = 0; column < b.length; column += 1) {
      const change = (row[column] ?? 0) + (letter === b[column] ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/**
 * The known word that was probably meant: one that begins alike, or differs in a third of its
 * letters at most.
 */
export const closest = (word: string, known: readonly string[]): string | undefined => {
  if (word === '' || word.length > 40) return undefined;
  const [best] = known
    .map((candidate) => ({ candidate, letters: distance(word.toLowerCase(), candidate) }))
    .sort((a, b) => a.letters - b.letters);
  if (best && best.letters <= Math.max(1, Math.floor(best.candidate.length / 3))) return best.candidate;
  return word.length < 3 ? undefined : known.find((candidate) => candidate.startsWith(word));
};

/** `; did you mean --scopes?`, or nothing. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const meant = closest(word, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
};
