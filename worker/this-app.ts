/** The app of this isolate: HTTP and RPC share what it keeps in memory. */
import { createApp } from './app.ts'

export const app = createApp()
