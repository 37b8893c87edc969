#!/usr/bin/env bash
# An app with curl as its author wrote it, which knows nothing of an emulator: no address, no option,
# no variable but its key. Prints what each prompt came to, as JSON.
set -euo pipefail
field() { sed -nE "s/.*\"$1\" ?: ?\"([^\"]*)\".*/\1/p"; }
outcome() {
  local answer code status link
  answer=$(curl -sS -w '\n%{http_code}' https://api.bfl.ai/v1/flux-dev -H "x-key: $BFL_API_KEY" \
    -H 'content-type: application/json' -d "{\"prompt\":\"$1\",\"width\":512,\"height\":256}")
  code=${answer##*$'\n'}
  if [[ $code != 200 ]]; then
    printf '{"no":%s}' "$code"
    return
  fi
  while :; do
    status=$(curl -sS "$(field polling_url <<<"$answer")" -H "x-key: $BFL_API_KEY")
    link=$(field sample <<<"$status")
    if [[ -n $link ]]; then break; fi
    case $(field status <<<"$status") in
      Pending | Queued) sleep 0.02 ;;
      *)
        printf '{"no":"%s"}' "$(field status <<<"$status")"
        return
        ;;
    esac
  done
  code=$(curl -sS -o "$out" -w '%{http_code}' "$link")
  link=${link#https://}
  if [[ $code != 200 ]]; then
    printf '{"link":%s,"host":"%s"}' "$code" "${link%%/*}"
  else
    printf '{"file":"%s","host":"%s"}' "$out" "${link%%/*}"
  fi
}
out=$1
printf '{"a lighthouse":%s,' "$(outcome 'a lighthouse')"
printf '"refused":%s,"moderated":%s,' "$(outcome refused)" "$(outcome moderated)"
out=/dev/null
printf '"dead link":%s}\n' "$(outcome 'dead link')"
