/** Made at the first call, then kept. A throw or a rejection is not kept: the next call tries again. */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    if (made) return made.value;
    const one = { value: make() };
    made = one;
    if (one.value instanceof Promise) {
      one.value.catch(() => {
        if (made === one) made = undefined;
      });
    }
    return one.value;
  };
};
