import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toolPath } from './binaries/tool-path.js'
import { type AuditEvent, readAuditLog } from './control-plane/audit-log.js'
import type { ControlPlane } from './control-plane/control-plane.js'
import { kubeconfigText } from './control-plane/kubeconfig.js'
import type { ProcessKeeper } from './control-plane/process-keeper.js'
import { type CommandOptions, kubectl, runCommand } from './run-command.js'

/** A running cluster that a test owns. Whoever started it stops it; `await using` does so at the end of the block. */
export interface TestCluster extends AsyncDisposable {
  /** Path of the administrator's kubeconfig, credentials inline. */
  readonly kubeconfig: string
  readonly kubeconfigText: string
  readonly url: string
  /** Certificate of the cluster's authority, PEM. */
  readonly ca: string
  readonly auditLogPath: string
  /** Folder of logs, one file per process; gone after stop. */
  readonly logs: string
  /** Kubeconfig text of another user, with a client certificate of the cluster's authority. */
  clientFor(subject: { user: string; groups?: readonly string[] }): Promise<string>
  /** Runs kubectl as administrator and returns its stdout; rejects with its stderr. */
  kubectl(argv: readonly string[], options?: CommandOptions): Promise<string>
  /** Runs helm as administrator, with helm's own folders inside the cluster's state folder. */
  helm(argv: readonly string[], options?: CommandOptions): Promise<string>
  auditEvents(): Promise<AuditEvent[]>
  /** Id of a process of the cluster, such as `kube-apiserver`: to pause, continue or kill it. */
  pidOf(name: string): number
  /** Kills a process of the cluster, such as `kubelet`, and resolves when it has gone. */
  crash(name: string): Promise<void>
  /** Starts a process that crashed once more, with the same command line. */
  revive(name: string): Promise<void>
  /** Ends the cluster and removes every trace of it. More calls do nothing more. */
  stop(): Promise<void>
}

/** The handle of a cluster whose control plane runs; `inside` turns the id that the keeper knows into that of the process itself. */
export async function testCluster(
  controlPlane: ControlPlane,
  keeper: ProcessKeeper,
  inside: (pid: number) => number = (pid) => pid,
): Promise<TestCluster> {
  const { endpoint, folder, kubeconfig, auditLogPath, logs } = controlPlane
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= keeper.stop()
    return stopped
  }
  const pidOf = (name: string) => inside(keeper.pidOf(name))
  return {
    kubeconfig,
    kubeconfigText: await readFile(kubeconfig, 'utf8'),
    url: endpoint.url,
    ca: endpoint.ca,
    auditLogPath,
    logs,
    clientFor: async (subject) => kubeconfigText(endpoint, subject.user, await controlPlane.authority.issue(subject)),
    kubectl: (argv, options) => kubectl(kubeconfig, argv, options),
    helm: (argv, options) => runCommand([toolPath('helm'), ...argv], { KUBECONFIG: kubeconfig, ...helmFolders(folder) }, options),
    auditEvents: () => readAuditLog(auditLogPath),
    pidOf,
    crash: (name) => keeper.crash(name, pidOf(name)),
    revive: keeper.revive,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function helmFolders(folder: string): Record<string, string> {
  const helm = join(folder, 'helm')
  return { HELM_CACHE_HOME: join(helm, 'cache'), HELM_CONFIG_HOME: join(helm, 'config'), HELM_DATA_HOME: join(helm, 'data') }
}
