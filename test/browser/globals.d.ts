/** What "shoreline code" writes, where a page of a test imports it. */
declare module 'features-code' {
  export const code: readonly import('../../client/index.ts').ClientModule[]
}

/** Of Node's fetch, which the web's types lack. */
interface RequestInit {
  readonly duplex?: 'half'
}
