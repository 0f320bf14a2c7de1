import { StatePicture } from '../../components/state-picture.js'

/** No kubeconfig on this machine: says where it was looked for. */
export function NoContexts() {
  return (
    <StatePicture state="empty" title="No kubeconfig was found on this machine">
      Looked at where kubectl looks: KUBECONFIG, then ~/.kube/config. Paste or upload one, or set MESHWRIGHT_KUBECONFIG and start the server
      again.
    </StatePicture>
  )
}
