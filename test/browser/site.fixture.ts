/** Pages of a test: bundled by esbuild as an application's bundler would, and served from memory on a port of this machine. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

/** Path -> text or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>

export interface Bundle {
  /** `/page.js` is the entry; what it loads when it is needed lies beside it. */
  readonly files: Files
  readonly metafile: Metafile
}

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * @param source of the entry, in TypeScript; it imports by paths from the root of the repository, as './client/index.ts'
 * @param options further ones of esbuild
 */
export async function bundle(source: string, options: BuildOptions = {}): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, loader: 'tsx', resolveDir: ROOT, sourcefile: 'page.tsx' },
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    entryNames: 'page',
    chunkNames: '[name]-[hash]',
    outdir: '/',
    write: false,
    metafile: true,
    absWorkingDir: ROOT,
    logLevel: 'silent',
    ...options,
  })
  const files = outputFiles?.map(({ path, contents }) => [path.replace('stdin.js', 'page.js'), contents] as const) ?? []
  return { files: Object.fromEntries(files), metafile: metafile as Metafile }
}

/** A page without anything but its script. */
export function html(body = ''): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title></title>
<script type="module" src="/page.js"></script></head><body>${body}</body></html>`
}

export interface Hit {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Site extends AsyncDisposable {
  /** `http://127.0.0.1:12345` */
  readonly origin: string
  /** Whatever came, pages included. */
  readonly hits: readonly Hit[]
  close(): Promise<void>
}

export interface SiteOptions {
  /** Of every answer, as a content security policy. */
  readonly headers?: Readonly<Record<string, string>>
  /** What is none of the files; null is 404. */
  readonly answer?: (hit: Hit) => Response | null | Promise<Response | null>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** @param files `/` is the page */
export async function serve(files: Files, { headers = {}, answer }: SiteOptions = {}): Promise<Site> {
  const hits: Hit[] = []
  const respond = async (hit: Hit): Promise<Response> => {
    const path = hit.path.replace(/\?.*$/, '')
    const file = Object.hasOwn(files, path) ? files[path] : undefined
    if (file === undefined) return (await answer?.(hit)) ?? new Response('not found', { status: 404 })
    const type = path === '/' ? TYPES['.html'] : TYPES[extname(path)]
    return new Response(typeof file === 'string' ? file : new Uint8Array(file), {
      headers: { 'content-type': type ?? 'application/octet-stream' },
    })
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const hit: Hit = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString('utf8'),
      }
      hits.push(hit)
      const found = await respond(hit).catch((thrown: unknown) => new Response(String(thrown), { status: 500 }))
      response.writeHead(found.status, { ...headers, ...Object.fromEntries(found.headers) })
      response.end(Buffer.from(await found.arrayBuffer()))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, hits, close, [Symbol.asyncDispose]: close }
}
