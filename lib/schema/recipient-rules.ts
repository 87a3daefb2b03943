/** RECIPIENTS_ALLOWED and RECIPIENTS_REDIRECT: the recipients that may get messages, and the one instead. */
import * as z from 'zod';
import { RECIPIENT_KINDS, type RecipientKindName } from './recipient-kinds.ts';

export interface RecipientPattern {
  kind: RecipientKindName;
  matches(address: string): boolean;
}
export type Redirects = Partial<Record<RecipientKindName, string>>;

const PATTERNS_MAX = 100;
const KIND_NAMES = Object.keys(RECIPIENT_KINDS) as RecipientKindName[];

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

const kindOf = (pattern: string): RecipientKindName => {
  if (pattern.includes('@')) return 'email';
  return pattern.startsWith('+') ? 'phone' : 'webhook';
};

const patternOf = (text: string): RecipientPattern | undefined => {
  const kind = kindOf(text);
  const matches = RECIPIENT_KINDS[kind].matcher(text);
  return matches && { kind, matches };
};

/** Patterns separated by spaces. */
export const recipientPatterns = z.string().transform((text, context): RecipientPattern[] => {
  const words = wordsOf(text);
  const wrong = words.find((word) => !patternOf(word));
  if (wrong !== undefined)
    context.addIssue(
      `must be patterns separated by spaces (*@example.com, +4915*, hooks.example.com, *.example.com); ${JSON.stringify(wrong)} is none`,
    );
  if (words.length > PATTERNS_MAX) context.addIssue(`must be at most ${PATTERNS_MAX} patterns`);
  return words.flatMap((word) => patternOf(word) ?? []);
});

/** `<kind>=<address>` separated by spaces, one of a kind. Messages show no address: it may hold a token. */
export const redirects = z.string().transform((text, context): Redirects => {
  const found: Redirects = {};
  for (const word of wordsOf(text)) {
    const [name, target] = [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)];
    const kind = KIND_NAMES.find((known) => known === name);
    if (!kind) context.addIssue(`must be ${KIND_NAMES.map((known) => `${known}=...`).join(' ')}, each at most once`);
    else if (found[kind] !== undefined) context.addIssue(`must have ${kind} at most once`);
    else if (!RECIPIENT_KINDS[kind].isTarget(target))
      context.addIssue(`${kind} must be ${RECIPIENT_KINDS[kind].target}`);
    else found[kind] = target;
  }
  return found;
});
