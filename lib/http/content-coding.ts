/** Which of `offered`, best first, `accept-encoding` prefers; undefined: none of them (RFC 9110, 12.5.3). */
export const acceptedCoding = <Coding extends string>(
  header: string | undefined,
  offered: readonly Coding[],
): Coding | undefined => {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [name = '', weight] = part.split(';').map((piece) => piece.trim());
    weights.set(name, weight?.startsWith('q=') ? Number(weight.slice(2)) || 0 : 1);
  }
  const weightOf = (coding: string): number => weights.get(coding) ?? weights.get('*') ?? 0;
  const [best] = offered.toSorted((one, other) => weightOf(other) - weightOf(one));
  return best !== undefined && weightOf(best) > 0 && weightOf(best) >= (weights.get('identity') ?? 0)
    ? best
    : undefined;
};
