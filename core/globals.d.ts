/** What every engine that runs `core` has (Node, workerd, browsers), and nothing more. */
declare class TextEncoder {
  encode(text: string): Uint8Array
  encodeInto(text: string, into: Uint8Array): { read: number; written: number }
}
