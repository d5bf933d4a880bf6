/**
 * The document and its page as they are sent. Made when somebody asks, once in an isolate: the schemas of answers take longer
 * to build than a request takes to answer, and most isolates never need them.
 */
import { md5Hex } from '../../core/md5.ts'
import { ACCESS } from '../auth/routes.ts'
import { JSON_TYPE } from '../http/respond.ts'
import { openApiDocument } from './document.ts'
import { docsPage } from './page.ts'

export interface Published {
  readonly text: string
  readonly etag: string
  /** Beside those of caching. */
  readonly headers: Readonly<Record<string, string>>
}

interface Both {
  readonly document: Published
  readonly page: Published
}

let made: Promise<Both> | undefined

export function published(): Promise<Both> {
  made ??= make()
  return made
}

async function make(): Promise<Both> {
  const { html, policy } = await docsPage()
  return {
    document: withEtag(JSON.stringify(openApiDocument(ACCESS)), { 'content-type': JSON_TYPE }),
    page: withEtag(html, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    }),
  }
}

function withEtag(text: string, headers: Published['headers']): Published {
  return { text, etag: `"${md5Hex(text)}"`, headers }
}
