const SECRET_NAMES =
  /^(?:\.env(?:\..+)?|.+\.env|\.npmrc|\.yarnrc(?:\.yml)?|\.netrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg|credentials(?:\.\w+)?|secrets?(?:[._-][\w-]+)*\.(?:ya?ml|json|toml|ini|env|txt|properties)|master\.key|id_(?:rsa|dsa|ecdsa|ed25519)(?:\..+)?|kubeconfig|service[-_]?account.*\.json|.+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|tfstate|tfvars|asc|gpg)(?:\.backup)?)$/i;
const SECRET_FOLDERS = /(?:^|\/)(?:\.git|\.ssh|\.aws|\.gnupg|\.kube|\.docker)\//i;
/** Made to be read: they hold names, no values. */
const HARMLESS = /^\.env\.(?:example|sample|template|dist|defaults)$|\.pub$/i;

/** Whether a file of this path would hold secrets, so that no model is shown it. */
export function isSecretPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (SECRET_NAMES.test(name) && !HARMLESS.test(name)) || SECRET_FOLDERS.test(path);
}
