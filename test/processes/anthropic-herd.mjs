import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts so many SDK processes, lets go of all at once when every one is there, and prints what each came to. */
const [count = '1', callForMs = '0'] = process.argv.slice(2)
const script = fileURLToPath(new URL('anthropic-child.mjs', import.meta.url))
const children = Array.from({ length: Number(count) }, () => fork(script, [callForMs]))
const next = (child) => new Promise((resolve) => child.once('message', resolve))

await Promise.all(children.map(next))
const outcomes = Promise.all(children.map(next))
for (const child of children) child.send('go')
console.log(JSON.stringify({ outcomes: await outcomes, environment: process.env }))
