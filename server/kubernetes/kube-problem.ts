import type { Code } from '../../contract/codes.js'
import { KubeError } from '../../kube/kube-client.js'
import { AppError } from '../errors.js'

interface Explanation {
  code: Code
  cause: string
  remedy: string
}

const reach = 'Check the address, the network and any VPN or firewall between this machine and the cluster.'
const trust =
  'Take certificate-authority-data from the cluster itself: `kubectl config view --minify --flatten` on a machine where kubectl works.'
const credentials = 'Renew the credential, or connect the cluster again with another one.'

// Codes of Node's sockets, of undici and of OpenSSL, each with what it mostly means for a cluster.
const byNetworkCode: Record<string, { cause: string; remedy: string }> = {
  ECONNREFUSED: {
    cause: 'Nothing listens at that address and port.',
    remedy: 'Is the cluster running? Check host and port of its address.',
  },
  ENOTFOUND: { cause: 'The host name cannot be resolved.', remedy: 'Check the name, your DNS and your VPN.' },
  EAI_AGAIN: { cause: 'The name server did not answer.', remedy: 'Check your network and DNS.' },
  ECONNRESET: { cause: 'The connection was cut.', remedy: reach },
  EPIPE: { cause: 'The connection was cut.', remedy: reach },
  UND_ERR_SOCKET: { cause: 'The other side closed the connection.', remedy: reach },
  ETIMEDOUT: { cause: 'The address did not answer in time.', remedy: reach },
  UND_ERR_CONNECT_TIMEOUT: { cause: 'The address did not answer in time.', remedy: reach },
  UND_ERR_HEADERS_TIMEOUT: {
    cause: 'The API server took the request and did not answer in time.',
    remedy: 'It may be overloaded or starting: try again in a while.',
  },
  UND_ERR_BODY_TIMEOUT: { cause: 'The API server stopped in the middle of its answer.', remedy: reach },
  EHOSTUNREACH: { cause: 'There is no route to that host.', remedy: reach },
  ENETUNREACH: { cause: 'There is no route to that network.', remedy: reach },
  UND_ERR_ABORTED: {
    cause: 'The proxy did not let the connection through.',
    remedy: "Check proxy-url, HTTPS_PROXY and NO_PROXY, and the proxy's own rules.",
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    cause: "The server's certificate is self-signed and the kubeconfig names no authority for it.",
    remedy: trust,
  },
  SELF_SIGNED_CERT_IN_CHAIN: { cause: "The server's certificate comes from an authority that is not trusted here.", remedy: trust },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { cause: "The server's certificate comes from another authority than the kubeconfig's.", remedy: trust },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { cause: "The server's certificate comes from an authority that is not trusted here.", remedy: trust },
  CERT_SIGNATURE_FAILURE: { cause: "The server's certificate comes from another authority than the kubeconfig's.", remedy: trust },
  CERT_HAS_EXPIRED: {
    cause: "The server's certificate has expired.",
    remedy: "Renew the API server's certificate (and check this machine's clock).",
  },
  CERT_NOT_YET_VALID: { cause: "The server's certificate is not valid yet.", remedy: "Check this machine's clock." },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    cause: "The server's certificate is for other names.",
    remedy: 'Use a name that it holds, or set tls-server-name in the kubeconfig.',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: { cause: 'The other side does not speak TLS.', remedy: 'Is this the https port of the API server?' },
  EPROTO: { cause: 'The TLS handshake failed.', remedy: 'Is this the https port of the API server?' },
}

// Alerts with which a server ends the handshake because of our client certificate.
const refusedCertificate = /ALERT_(BAD_CERTIFICATE|CERTIFICATE_(EXPIRED|REQUIRED|REVOKED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)/i

/** Any failure of a request to a cluster as a problem with cause and next step. `cluster` is the name that the user knows, if the reader needs it. */
export function explainKubeFailure(error: unknown, { cluster }: { cluster?: string } = {}): AppError {
  if (error instanceof AppError) return error
  const { code, cause, remedy } = explain(error)
  const title = titles[code] ?? 'The cluster could not be asked'
  return new AppError(code, cluster === undefined ? `${title}.` : `${title}: ${cluster}.`, { cause, remedy, from: error })
}

const titles: Partial<Record<Code, string>> = {
  'cluster-unreachable': 'The cluster cannot be reached',
  'cluster-unauthorised': 'The cluster does not accept the credential',
  'cluster-forbidden': 'The cluster does not allow this',
  'cluster-refused': 'The cluster refused the request',
}

function explain(error: unknown): Explanation {
  if (error instanceof KubeError) return explainStatus(error)
  if (error instanceof SyntaxError) {
    return {
      code: 'cluster-refused',
      cause: 'The answer is not that of a Kubernetes API.',
      remedy: 'Check the address: it may be a sign-in page or another service.',
    }
  }
  const networkCode = networkCodeOf(error)
  if (refusedCertificate.test(networkCode)) {
    return {
      code: 'cluster-unauthorised',
      cause: 'The server ended the TLS handshake because of the client certificate.',
      remedy: credentials,
    }
  }
  const known = byNetworkCode[networkCode]
  return {
    code: 'cluster-unreachable',
    ...(known ?? { cause: `The connection failed${networkCode ? ` (${networkCode})` : ''}.`, remedy: reach }),
  }
}

function explainStatus({ status, message, reason }: KubeError): Explanation {
  // An API server names users and resources in its texts, never credentials.
  const said = `It answered ${status}${reason ? ` ${reason}` : ''}: ${message.slice(0, 500)}`
  if (status === 401)
    return { code: 'cluster-unauthorised', cause: `${said} The credential is wrong, has expired or was revoked.`, remedy: credentials }
  if (status === 403) {
    return {
      code: 'cluster-forbidden',
      cause: said,
      remedy: 'Ask an administrator of the cluster for this right, or connect with another credential.',
    }
  }
  if (status === 429 || status >= 500)
    return { code: 'cluster-refused', cause: said, remedy: 'The API server is overloaded or not well: try again in a while.' }
  return { code: 'cluster-refused', cause: said, remedy: 'Check that this is a Kubernetes API of a supported version.' }
}

// undici wraps the socket's error; dialling several addresses gives one AggregateError of all.
function networkCodeOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return ''
  if ('code' in error && typeof error.code === 'string' && error.code !== 'UND_ERR') return error.code
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  return networkCodeOf(inner, depth + 1)
}
