/** The part of `dns-packet` that the tests use; the package has no types of its own. */
declare module 'dns-packet' {
  export interface Question {
    name: string;
    type: string;
  }
  export interface Answer extends Question {
    ttl: number;
    /** An address, or the name that a CNAME stands for. */
    data: string;
  }
  export interface Packet {
    type?: 'query' | 'response';
    id?: number;
    flags?: number;
    questions?: Question[];
    answers?: Answer[];
  }
  export const encode: (packet: Packet) => Buffer;
  export const decode: (bytes: Buffer) => Packet;
}
