import type { SlotPlace, SlotStore } from '../../delivery/limits/repository.ts';
import type { Mapping, Table } from '../table/table.ts';

/** Each place is an item of its own, made when it is first taken and gone a while after it was last. */
const KEPT_SECONDS = 7 * 86_400;

const placeId = ({ endpointId, index }: SlotPlace): string => `${endpointId.replace(/^end_/, 'esl_')}_${index}`;

/** Who holds it; absent: it is free. */
const mapping: Mapping<{ id: string; holder?: unknown }> = {
  toItem: (place) => place,
  fromItem: ({ id, holder }) => ({ id, holder }),
};

export const makeSlotStore = (table: Table): SlotStore => ({
  acquire: async (place, { real, until }) => {
    const result = await table.update(
      placeId(place),
      'SET holder = :holder, held_until = :until, expires_at = :expiry',
      {
        expression: 'attribute_not_exists(holder) OR held_until < :real',
        values: {
          ':holder': place.holder,
          ':until': until,
          ':real': real,
          ':expiry': table.nowSeconds() + KEPT_SECONDS,
        },
      },
      mapping,
      ({ holder }) => holder === place.holder,
    );
    return result.written;
  },

  release: async (place) => {
    const mine = { expression: 'holder = :holder', values: { ':holder': place.holder } };
    // Refused means that it lapsed and is another's by now, or that this is a repetition.
    await table.update(placeId(place), 'REMOVE holder, held_until', mine, mapping, () => true);
  },
});
