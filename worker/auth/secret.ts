/**
 * API keys as text: `sl_<id>_<secret>`. The id is public and finds the row; the secret is 256 random bits, so that one SHA-256
 * is enough to store it by: nobody guesses it, fast hash or slow.
 */

/** No `_`, which parts a key, and nothing that a shell, a URL or a header would have to quote. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The bytes that spread evenly over the alphabet. */
const EVEN = 256 - (256 % ALPHABET.length)

/** 71 bits: ids never meet by chance. */
const ID_LENGTH = 12
/** 256 bits. */
const SECRET_LENGTH = 43

const PREFIX = 'sl_'
const SECRET_START = PREFIX.length + ID_LENGTH + 1
const KEY_LENGTH = SECRET_START + SECRET_LENGTH

export interface KeyParts {
  readonly id: string
  readonly secret: string
}

export function newKey(): KeyParts {
  return { id: randomText(ID_LENGTH), secret: randomText(SECRET_LENGTH) }
}

export function keyText({ id, secret }: KeyParts): string {
  return `${PREFIX}${id}_${secret}`
}

/** The parts of what may be a key of ours by its shape, else null. */
export function keyParts(credentials: string): KeyParts | null {
  if (credentials.length !== KEY_LENGTH || !credentials.startsWith(PREFIX) || credentials[SECRET_START - 1] !== '_')
    return null
  return { id: credentials.slice(PREFIX.length, SECRET_START - 1), secret: credentials.slice(SECRET_START) }
}

/**
 * Whether two secrets are equal, in a time that says nothing about where they differ. Only their lengths show. Without a
 * digest and without making bytes of them: this is on the way of every request.
 */
export function sameSecret(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return difference === 0
}

/** SHA-256 as 64 hex digits. */
export async function secretHash(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length)
    for (const byte of crypto.getRandomValues(new Uint8Array(length)))
      if (byte < EVEN && text.length < length) text += ALPHABET[byte % ALPHABET.length]
  return text
}
