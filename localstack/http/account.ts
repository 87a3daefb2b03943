/** The one account of the local AWS: fauxqs has it built in. */
export const accountId = '000000000000';
