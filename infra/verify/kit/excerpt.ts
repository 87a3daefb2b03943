const CHARACTERS_MAX = 200;

/** A text on one line, cut to what a message has space for. */
export const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return 'nothing';
  return line.length > CHARACTERS_MAX ? `${line.slice(0, CHARACTERS_MAX)}…` : line;
};
