import { isProxied } from '../deliver/action/proxy.js'
import type { Environment } from './config.js'
import { overFetch, type World } from './defaults.js'

/** By `node:http`, which loads in a fifth of the time; by the global `fetch` where there is a proxy, which only that one finds. */
export function actionWorld(world: World, environment: Environment): World {
  return isProxied(environment) ? overFetch(world) : world
}
