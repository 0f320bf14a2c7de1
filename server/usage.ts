/** The settings of the server, for --help. Each flag has an environment variable: --data-dir is MESHWRIGHT_DATA_DIR. */
export function usage(): string {
  return `Usage: meshwright server [flags]

  --data-dir FOLDER         where the database, the token and the keys are (~/.meshwright)
  --host ADDRESS            address to listen on (127.0.0.1)
  --port NUMBER             port to listen on (7878; 0 takes any free one and prints it)
  --kubeconfig FILES        kubeconfig files to read contexts from (as kubectl)
  --helm FILE               the helm 4 program (from PATH)
  --chart-mirror FOLDER     take charts from a folder with an index.yaml
  --offline                 never leave the machine for charts or versions
  --auth local|token        local: this machine only; token: other machines may sign in with the token
  --public-url URL          the address that browsers use, when it is not the one listened on
  --tls-cert FILE           serve HTTPS with this certificate
  --tls-key FILE            and this key
  --secret-key-file FILE    the key that stored credentials are sealed with (<data dir>/secret.key)
  --log-level LEVEL         silent, error, warn, info or debug (info)
  --json                    print the ready line as JSON
`
}
