/** The most tags that one resource may have on AWS. */
export const TAGS_MAX = 50;
