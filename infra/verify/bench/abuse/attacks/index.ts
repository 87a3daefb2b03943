/**
 * Every attack, in the order of running and of the table: the longest first, so that short ones fit
 * in what time is left.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack } from '../attack.ts';
import { foreignPages } from './foreign-pages.ts';
import { heavyDeliveries } from './heavy-deliveries.ts';
import { heavyJson } from './heavy-json.ts';
import { interimAnswersTen, interimAnswersTwo } from './interim-answers.ts';
import { largeRecords } from './large-records.ts';
import { madeUpKeys } from './made-up-keys.ts';
import { manyStatuses } from './many-statuses.ts';
import { stalledUploads } from './stalled-uploads.ts';
import { firstAnswerOnly, unreadAssets, unreadAssetsMany } from './unread-assets.ts';
import { unreadLists } from './unread-lists.ts';

const QUIET_SECONDS = 6;

/** What the others are served like in peace: the figure to compare with. */
const noAttack: Attack = {
  what: 'no attack',
  seconds: QUIET_SECONDS,
  prepare: async () => async () => {
    await sleep(QUIET_SECONDS * 1_000);
    return { text: '-' };
  },
};

export const attacks: Record<string, Attack> = {
  noAttack,
  heavyDeliveries,
  unreadLists,
  largeRecords,
  interimAnswersTwo,
  interimAnswersTen,
  unreadAssets,
  unreadAssetsMany,
  firstAnswerOnly,
  stalledUploads,
  heavyJson,
  foreignPages,
  manyStatuses,
  madeUpKeys,
};
