/** The least that workerd can do for a request: shows how fast the load generator is. */
export default {
  fetch(): Response {
    return new Response('ok')
  },
}
