/**
 * `GET /docs`: one page that holds all it needs and asks nobody but this Worker. Its policy lets exactly its own script and
 * style run, so that nothing else on the page ever sees a key.
 */
import { PAGE_HELPERS } from './page-helpers.ts'
import { PAGE_SCRIPT } from './page-script.ts'

const STYLE = `
:root { color-scheme: light dark; --text: #1c2430; --quiet: #5a6573; --back: #fff; --box: #f4f6f8; --line: #d5dbe1; --link: #0b5cad; --get: #14653a; --post: #8a4600; --put: #6b3a94 }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ed; --quiet: #a3adb8; --back: #14181d; --box: #1e242b; --line: #38414b; --link: #7db8f5; --get: #7fd3a0; --post: #f0b26b; --put: #cda4f0 } }
* { box-sizing: border-box }
body { margin: 0; color: var(--text); background: var(--back); font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 19rem minmax(0, 1fr) }
header, main { padding: 1rem 2rem; max-width: 62rem; grid-column: 2 }
nav { grid-column: 1; grid-row: 1 / 3; position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: 13px }
nav ul { list-style: none; margin: 0; padding: 0; overflow-wrap: anywhere }
nav h3 { margin: 1rem 0 .25rem }
h1 { margin: 0 } h2 { margin: 2rem 0 0 } h4 { margin: 1rem 0 .25rem }
section > p { color: var(--quiet); margin: 0 0 .5rem }
a { color: var(--link) }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: 0 1rem }
details[open] { padding-bottom: 1rem }
summary { padding: .5rem 0; cursor: pointer; overflow-wrap: anywhere }
summary b { display: inline-block; min-width: 3.5em; font-size: 13px }
summary span { color: var(--quiet); margin-left: .5em }
.get { color: var(--get) } .post { color: var(--post) } .put { color: var(--put) }
pre, textarea { font: 13px/1.45 ui-monospace, monospace; background: var(--box); border-radius: 6px; padding: .5rem .75rem; overflow: auto; max-height: 32rem; margin: .25rem 0 }
code { font: 14px ui-monospace, monospace }
table { border-collapse: collapse; width: 100%; font-size: 14px } caption { text-align: left; font-weight: bold }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-top: 1px solid var(--line) } th { font-family: ui-monospace, monospace; font-weight: normal }
dl { display: grid; grid-template-columns: 3.5rem minmax(0, 1fr); margin: 0 } dt { font-weight: bold } dd { margin: 0 }
label { display: block; font-size: 13px; color: var(--quiet); margin-top: .5rem }
input, textarea { width: 100%; color: inherit; background: var(--box); border: 1px solid var(--line); border-radius: 6px }
input { padding: .35rem .6rem; font: inherit; max-width: 32rem } textarea { resize: vertical }
button { font: inherit; margin-top: .5rem; padding: .35rem 1rem; color: var(--back); background: var(--link); border: 0; border-radius: 6px; cursor: pointer }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
@media (max-width: 60rem) { body { display: block } nav { position: static; height: auto; border: 0 } #contents { display: none } header, main { padding: 1rem } }
`

/** Without the comments and the indentation, which are for whoever reads it here. No text in it goes over a line. */
const SCRIPT = `${PAGE_HELPERS}${PAGE_SCRIPT}`.replaceAll(/^ *(?:(?:\/\*|\*|\/\/).*\n)?/gm, '')

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shoreline: HTTP</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<nav aria-label="Operations">
<label for="filter">Filter</label>
<input id="filter" type="search" autocomplete="off">
<div id="contents"></div>
</nav>
<header>
<h1 id="title">Shoreline</h1>
<p id="about">Reading the document …</p>
<p><a href="openapi.json">openapi.json</a></p>
<label for="key">API key or browser token. It stays in this page's memory: a reload forgets it.</label>
<input id="key" type="password" autocomplete="off" spellcheck="false">
</header>
<main id="operations"></main>
<noscript>This page reads <a href="openapi.json">openapi.json</a> with JavaScript.</noscript>
<script type="module">${SCRIPT}</script>
</body>
</html>
`

/** The page, and the Content-Security-Policy that it is sent with. */
export async function docsPage(): Promise<{ readonly html: string; readonly policy: string }> {
  const policy = [
    "default-src 'none'",
    `script-src '${await hashOf(SCRIPT)}'`,
    `style-src '${await hashOf(STYLE)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]
  return { html: HTML, policy: policy.join('; ') }
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`
}
