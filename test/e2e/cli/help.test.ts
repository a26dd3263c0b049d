import { expect, test } from 'vitest'
import { runCli, startCli } from '../../support/cli.js'

test('--version', async () => {
  const r = await runCli(['--version'])
  expect(r).toMatchObject({ code: 0, signal: null, stderr: '' })
  const s = startCli(['simulate', '--json'])
  const [, url] = await s.untilStdout(/"url":"([^"]+)"/)
  console.log(r.stdout, url)
  s.kill('SIGTERM')
  console.log(await s.ended)
})
