/** Keeps what broke a law: thrown at once, it would pass for a failure of a port, which services survive. */
export const makeLawBook = () => {
  const broken: unknown[] = [];
  return {
    broken,
    /** @param check throws when the law is broken */
    law: (check: () => void): void => {
      try {
        check();
      } catch (error) {
        broken.push(error);
      }
    },
    throwBroken: (): void => {
      if (broken.length > 0) throw broken[0];
    },
  };
};
