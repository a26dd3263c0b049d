import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { actionBundle } from './action-bundle.mjs'

/** Makes action/dist and says how large it is. */
const folder = join(fileURLToPath(new URL('..', import.meta.url)), 'action/dist')
rmSync(folder, { recursive: true, force: true })
const bytes = await actionBundle(folder)
stdout.write(`action/dist  ${(bytes / 1024).toFixed(1)} KiB\n`)
