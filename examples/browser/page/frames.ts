/** One computation a frame, of the newest values: what comes in between is left out. */
export function perFrame(work: () => Promise<void>): () => void {
  let wanted = false
  let running = false
  const run = async (): Promise<void> => {
    running = true
    try {
      while (wanted) {
        wanted = false
        await work()
        if (wanted) await new Promise((next) => requestAnimationFrame(next))
      }
    } finally {
      running = false
    }
  }
  return () => {
    wanted = true
    if (!running) requestAnimationFrame(() => void run())
    running = true
  }
}
