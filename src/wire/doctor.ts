import type { Finding } from '../deliver/cli/house.js'
import type { Environment, Resolved } from './config.js'
import type { World } from './defaults.js'

export async function* diagnose(_resolve: () => Promise<Resolved>, _environment: Environment, _world: World): AsyncIterable<Finding> {}
