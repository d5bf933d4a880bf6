/** Whether the URL's path is exactly this one. Without `new URL`, which takes longer than to answer from memory does. */
export function hasPath(url: string, path: string): boolean {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = start + path.length
  return url.startsWith(path, start) && (end === url.length || url[end] === '?')
}
