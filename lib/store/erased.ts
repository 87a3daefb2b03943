/**
 * Whether what is stored was made of the content with this fingerprint. What was erased has lost its own: a repetition of it is
 * answered with what is left, neither refused nor made anew.
 */
export const isSameContent = (
  stored: { fingerprint?: string; erasedAt?: number },
  fingerprint: string | undefined,
): boolean => stored.erasedAt !== undefined || stored.fingerprint === fingerprint;
