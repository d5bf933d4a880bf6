/** What D1 gives, and nothing that it would take for one of its own words. https://developers.cloudflare.com/d1/best-practices/read-replication/ */
export function isBookmark(text: string): boolean {
  return /^[0-9a-f-]{8,200}$/.test(text)
}
