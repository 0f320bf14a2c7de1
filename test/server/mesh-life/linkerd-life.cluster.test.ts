import { clusterTest } from '../../cluster/cluster-test.js'
import { isMissing } from '../../support/missing-tool.js'
import { livesThroughUs } from './lives-through-us.js'
import { lifecycleOf } from './mesh-lifecycles.js'

const describe = isMissing('shared') ? clusterTest('kwok', import.meta.url).skip : clusterTest('kwok', import.meta.url)

describe('The life of Linkerd through us', () => livesThroughUs(lifecycleOf('linkerd')))
