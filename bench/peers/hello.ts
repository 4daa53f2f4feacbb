import { Hono } from 'hono'

/** The ceiling: what Hono costs with nothing behind it. */
const app = new Hono()
app.all('*', (c) => c.json({ result: { status: 'OK' } }))
export default app
