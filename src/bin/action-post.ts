import { runPost } from '../deliver/action/post.js'
import { actionHouse } from '../wire/action.js'
import { realWorld } from '../wire/defaults.js'
import { actionJob, endWith } from './action-job.js'

void runPost(actionJob(), actionHouse(realWorld, process.env)).then(endWith)
