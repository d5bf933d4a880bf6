/**
 * MD5 (RFC 1321). It places keys in partitions and guards blocks against damage, and is no security boundary. Chosen
 * because every engine that may prepare blocks has it. Written here because partitioning is on the request path: see
 * docs/decisions/0002-md5.md for the measurement against a library.
 */

/** floor(abs(sin(i + 1)) * 2^32), RFC 1321 §3.4, as a table: `Math.sin` may differ between engines. */
// biome-ignore format: a table
const SINE = Int32Array.of(
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,)
const SHIFT = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21)

const encoder = new TextEncoder()
const words = new Int32Array(16)
const state = new Int32Array(4)
const scratch = new Uint8Array(8192)

/** The digest of the UTF-8 text as 32 lower-case hex digits. */
export function md5Hex(text: string): string {
  digest(text)
  let hex = ''
  for (const word of state) for (let byte = 0; byte < 4; byte++) hex += hexByte((word >>> (8 * byte)) & 255)
  return hex
}

/** The first 8 hex digits of the digest as an unsigned integer: what partitioning uses. */
export function md5Prefix(text: string): number {
  digest(text)
  return reversed(state[0] ?? 0)
}

/** The first three times 8 hex digits of the digest, each as an unsigned integer: what filters use. */
export function md5Words(text: string): readonly [number, number, number] {
  digest(text)
  return [reversed(state[0] ?? 0), reversed(state[1] ?? 0), reversed(state[2] ?? 0)]
}

/** The digest prints each word low byte first: its hex pairs are the word's bytes reversed. */
function reversed(word: number): number {
  return (((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}

function hexByte(byte: number): string {
  return (byte < 16 ? '0' : '') + byte.toString(16)
}

function digest(text: string): void {
  // UTF-8 needs at most 3 bytes a UTF-16 unit; padding adds at most 72.
  const need = text.length * 3 + 72
  const bytes = need <= scratch.length ? scratch : new Uint8Array(need)
  const length = encoder.encodeInto(text, bytes).written
  const blocks = ((length + 8) >>> 6) + 1
  bytes.fill(0, length, blocks * 64)
  bytes[length] = 0x80
  writeUint32(bytes, blocks * 64 - 8, length << 3)
  writeUint32(bytes, blocks * 64 - 4, length >>> 29)
  state[0] = 0x67452301
  state[1] = 0xefcdab89 | 0
  state[2] = 0x98badcfe | 0
  state[3] = 0x10325476
  for (let block = 0; block < blocks; block++) mix(bytes, block * 64)
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  for (let byte = 0; byte < 4; byte++) bytes[at + byte] = (value >>> (8 * byte)) & 255
}

function mix(bytes: Uint8Array, from: number): void {
  for (let i = 0, at = from; i < 16; i++, at += 4)
    words[i] =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
  let a = state[0] ?? 0
  let b = state[1] ?? 0
  let c = state[2] ?? 0
  let d = state[3] ?? 0
  for (let step = 0; step < 64; step++) {
    let f: number
    let word: number
    if (step < 16) {
      f = (b & c) | (~b & d)
      word = step
    } else if (step < 32) {
      f = (d & b) | (~d & c)
      word = (5 * step + 1) & 15
    } else if (step < 48) {
      f = b ^ c ^ d
      word = (3 * step + 5) & 15
    } else {
      f = c ^ (b | ~d)
      word = (7 * step) & 15
    }
    const sum = (a + f + (SINE[step] ?? 0) + (words[word] ?? 0)) | 0
    const shift = SHIFT[((step >>> 4) << 2) | (step & 3)] ?? 0
    a = d
    d = c
    c = b
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
  }
  state[0] = (state[0] ?? 0) + a
  state[1] = (state[1] ?? 0) + b
  state[2] = (state[2] ?? 0) + c
  state[3] = (state[3] ?? 0) + d
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}
