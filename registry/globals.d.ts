/** What Node, workerd and browsers share, and `registry` uses. */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
declare const crypto: { readonly subtle: { digest(algorithm: 'SHA-256', data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> } }
