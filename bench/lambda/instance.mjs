import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

/**
 * One instance of a function under AWS's runtime client: from its start to its first answer, and then as many warm invocations as asked for.
 * Times in milliseconds.
 */
export async function instance({ node, runtimeClient, code, handler, environment, warm }) {
  const api = await runtimeApi()
  const startedAt = performance.now()
  const child = spawn(node, [runtimeClient], {
    cwd: code,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...environment,
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: code,
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: 'bench',
      AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
    },
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const ended = new Promise((_, reject) =>
    child.once('exit', (code) => reject(new Error(`a function ended with ${code}: ${said}`))),
  )
  ended.catch(() => {})
  try {
    await Promise.race([api.polled(), ended])
    const initMs = performance.now() - startedAt
    await Promise.race([api.invoke(), ended])
    const coldMs = performance.now() - startedAt
    const warmMs = []
    for (let round = 0; round < warm; round++) {
      await api.polled() // the runtime asks for work again a moment after it has answered
      const invokedAt = performance.now()
      await Promise.race([api.invoke(), ended])
      warmMs.push(performance.now() - invokedAt)
    }
    return { initMs, coldMs, warmMs }
  } finally {
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
    api.close()
  }
}

/** The Runtime API, as little of it as a benchmark needs. */
async function runtimeApi() {
  let poll
  let onPoll = () => {}
  let onAnswer
  const server = createServer((request, response) => {
    if (request.url.endsWith('/invocation/next')) {
      poll = response
      onPoll()
      return
    }
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      response.writeHead(202).end('{}')
      onAnswer?.(request.url.endsWith('/response') ? undefined : new Error(`a function failed: ${text}`))
    })
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    address: `127.0.0.1:${server.address().port}`,
    polled: () =>
      new Promise((resolve) => {
        onPoll = resolve
        if (poll) resolve()
      }),
    invoke: () =>
      new Promise((resolve, reject) => {
        onAnswer = (failure) => (failure ? reject(failure) : resolve())
        poll.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
          'lambda-runtime-deadline-ms': String(Date.now() + 10_000),
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:bench',
        })
        const answering = poll
        poll = undefined
        answering.end('null')
      }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
