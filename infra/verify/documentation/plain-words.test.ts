import { describe, expect, it } from 'vitest';
import { findWords, WORDS } from './plain-words.ts';

const wordsIn = (text: string): string[] => findWords(text).map(({ word }) => word);

describe('the word list', () => {
  it.each([
    ['a comment', '// Whoever holds the lease', ['whoever']],
    ['a name in camel case', 'const makeDoor = () => {}', ['door']],
    ['a name in snake case', '{ attempts_under_way: 1 }', ['under way']],
    ['a name in capitals', 'const ROOMS_MAX = 4', ['rooms']],
    ['a phrase', 'the job is put back on the road', ['road']],
    ['the end of a quoted text', "name: 'tokens of nobody'", ['nobody']],
    ['a genitive', "somebody’s, and the keeper's", ['somebody', 'keeper']],
    ['a phrase that is wrapped in a comment', ' * the delivery that is under\n * way', ['under way']],
    ['a phrase that is wrapped in prose', 'what is under\nway, and the door', ['under way', 'door']],
    ['a document that is not here', '/** See spec.md, section 5. */', ['spec md']],
    ['a numbered rule', '/** Invariants 2 and 3 */', ['invariant number']],
  ])('finds a word in %s', (_, text, words) => {
    expect(wordsIn(text)).toEqual(words);
  });

  it.each([
    'API Gateway',
    'const gateway = makeGateway()',
    'a doorbell',
    'reason: gate_unavailable',
    'Pod Security admission controller',
  ])('leaves %j alone', (text) => {
    expect(wordsIn(text)).toEqual([]);
  });

  it('reports a phrase once, and none across a blank line', () => {
    expect(wordsIn('all that\nis under way\nnow')).toEqual(['under way']);
    expect(wordsIn('under\n\nway')).toEqual([]);
  });

  it('says the line, and what to write instead', () => {
    expect(findWords('first\nthe door')).toEqual([{ line: 2, word: 'door', instead: WORDS.door }]);
  });
});
