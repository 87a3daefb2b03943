import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSmsLength, smsText } from './sms-text.ts';

describe('the text of an SMS', () => {
  it.each([
    ['GSM-7 characters', 'a', 1530],
    ['characters of the GSM-7 extension, which count two', '€', 765],
    ['other characters', 'ж', 630],
    ['characters beyond the basic plane, which count two', '😀', 315],
  ])('holds so many %s: %s x %i', (_, character, count) => {
    const full = character.repeat(count);
    expect(smsText(full)).toBe(full);
    expect(isSmsLength(full)).toBe(true);
    expect(isSmsLength(full + character)).toBe(false);
  });

  it('that is longer ends in three dots, as long as it may be', () => {
    expect(smsText('a'.repeat(1531))).toBe(`${'a'.repeat(1527)}...`);
    expect(smsText('€'.repeat(766))).toBe(`${'€'.repeat(763)}...`);
    expect(smsText('ж'.repeat(631))).toBe(`${'ж'.repeat(627)}...`);
    expect(smsText('😀'.repeat(316))).toBe(`${'😀'.repeat(313)}...`);
  });

  it('is not shortened for a character that the cut removes', () => {
    expect(smsText(`${'a'.repeat(1600)}ж`)).toBe(`${'a'.repeat(1527)}...`);
    expect(smsText(`${'a'.repeat(700)}ж${'a'.repeat(900)}`)).toBe(`${'a'.repeat(700)}...`);
    expect(smsText(`ж${'a'.repeat(1600)}`)).toBe(`ж${'a'.repeat(626)}...`);
  });

  it.each([
    ['a family', '👨‍👩‍👧‍👦'],
    ['a flag', '🇮🇳'],
    ['a letter with a combining accent', 'e\u0301'],
    ['a Devanagari syllable', 'नि'],
  ])('is never cut within %s', (_, character) => {
    for (const before of ['', 'a', 'aa', 'aaa']) {
      const kept = smsText(before + character.repeat(700)).slice(before.length, -3);
      expect(kept).toBe(character.repeat(kept.length / character.length));
      expect(kept.length + before.length).toBeGreaterThan(627 - character.length);
    }
  });

  it('still says something when its first character alone is too long', () => {
    expect(smsText(`a${'\u0301'.repeat(700)}`)).toBe(`a${'\u0301'.repeat(626)}...`);
  });

  it('is a beginning of what was given and of a length that AWS takes, whatever it is', () => {
    const unit = fc.oneof(
      fc.constantFrom('a', '€', 'ж', '😀', '👨‍👩‍👧‍👦', '\u0301', '\r\n'),
      fc.string({ unit: 'grapheme' }),
    );
    const repeated = fc.tuple(unit, fc.integer({ min: 1, max: 900 })).map(([text, count]) => text.repeat(count));
    const texts = fc.array(repeated, { maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        const sent = smsText(text);
        expect(isSmsLength(sent)).toBe(true);
        expect(sent === text || (sent.endsWith('...') && text.startsWith(sent.slice(0, -3)))).toBe(true);
      }),
    );
  });
});
