/**
 * A PNG without row filters, which serve photographs: a drawing's flat areas and letters pack a third tighter as they are.
 * https://www.w3.org/TR/png-3/#9Filters
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;

const chunkOf = (type: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
};

const paeth = (a: number, b: number, c: number): number => {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
};

/** What the filter of a row adds to a byte, from the bytes to its left, above, and above left. */
const filters: ((left: number, above: number, aboveLeft: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

/** Rows of 8-bit samples, each behind the number of its filter. */
const unfiltered = (rows: Buffer, rowBytes: number, pixelBytes: number): Buffer => {
  const plain = Buffer.alloc(rows.length);
  const stride = rowBytes + 1;
  for (let start = 0; start < rows.length; start += stride) {
    const add = filters[rows[start] ?? 0] ?? (() => 0);
    for (let at = start + 1; at < start + stride; at += 1) {
      const hasLeft = at - pixelBytes > start;
      const left = hasLeft ? (plain[at - pixelBytes] ?? 0) : 0;
      const above = start > 0 ? (plain[at - stride] ?? 0) : 0;
      const aboveLeft = hasLeft && start > 0 ? (plain[at - pixelBytes - stride] ?? 0) : 0;
      plain[at] = (rows[at] ?? 0) + add(left, above, aboveLeft);
    }
  }
  return plain;
};

/** @param png not interlaced, 8 bits a sample, RGB or RGBA: as browsers write it */
export const packed = (png: Buffer): Buffer => {
  const before: Buffer[] = [];
  const pixels: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const bytes = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + bytes);
    if (type === 'IDAT') pixels.push(data);
    else if (type !== 'IEND') before.push(chunkOf(type, data));
    at += 12 + bytes;
  }
  const width = png.readUInt32BE(16);
  const pixelBytes = png[25] === 6 ? 4 : 3;
  const rows = unfiltered(inflateSync(Buffer.concat(pixels)), width * pixelBytes, pixelBytes);
  const tight = deflateSync(rows, { level: 9, memLevel: 9 });
  const signature = png.subarray(0, SIGNATURE_BYTES);
  return Buffer.concat([signature, ...before, chunkOf('IDAT', tight), chunkOf('IEND', Buffer.alloc(0))]);
};
