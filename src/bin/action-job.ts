import type { Job } from '../deliver/action/house.js'

export function actionJob(): Job {
  return {
    environment: process.env,
    out: (text) => void process.stdout.write(text),
    node: process.execPath,
    nodeVersion: process.versions.node,
    program: __filename,
    parent: process.ppid,
  }
}

/** Connections that are kept open would hold us. The log first. */
export function endWith(exitCode: number): void {
  process.stdout.write('', () => process.exit(exitCode))
}
