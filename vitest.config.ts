import { defineConfig } from 'vitest/config'

// Projects by what a test needs, told by its file name: nothing (unit), the built server or adapters as child processes
// (*.process.test.ts), a real Kubernetes (*.cluster.test.ts and test/cluster). Deadlines only end what hangs.
const minuteMs = 60_000
const processes = 'test/**/*.process.test.ts'
const clusters = ['test/**/*.cluster.test.ts', 'test/cluster/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [processes, ...clusters, 'test/browser/**'],
          testTimeout: minuteMs,
          hookTimeout: minuteMs,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'process',
          include: [processes],
          exclude: clusters,
          testTimeout: 2 * minuteMs,
          hookTimeout: 2 * minuteMs,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'cluster',
          include: clusters,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
          // Much of their time they wait for pods.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
