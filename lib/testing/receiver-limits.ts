import type { SendResult } from '../channels/channel.ts';
import type { Entry, EntryRequest, ReceiverLimits } from '../delivery/limits/repository.ts';

/** Receiver limits that answer what a test sets, by default "pass", and keep what entered and each result. */
export const makeTestReceiverLimits = () => {
  const entered: EntryRequest[] = [];
  const left: (SendResult | undefined)[] = [];
  const pass = ({ to }: EntryRequest): Entry => ({
    outcome: 'pass',
    to,
    release: async (result) => void left.push(result),
  });
  const state: { answer: (request: EntryRequest) => Entry } = { answer: pass };
  const receiverLimits: ReceiverLimits & {
    state: typeof state;
    entered: typeof entered;
    left: typeof left;
    pass: typeof pass;
  } = {
    enter: async (request) => {
      entered.push(request);
      return state.answer(request);
    },
    state,
    entered,
    left,
    pass,
  };
  return receiverLimits;
};
