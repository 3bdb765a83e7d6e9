#!/bin/sh
# Is the cluster as configured, and is it backed up as it should be? Every night in CI, and by hand. Only reads.
#
# Exit code 0: yes.
#           1: no: a threshold of `health` is passed; or it cannot be told. Whether there is drift besides is printed.
#           2: drift only: the cluster is not as `backups` says.
#
# Needs OCEANBASE_ENDPOINTS, OCEANBASE_USERNAME and OCEANBASE_PASSWORD, and access to the state of `backups`.
set -u
cd "$(dirname "$0")" || exit 1

terraform=${TERRAFORM:-terraform}
export OCEANBASE_READ_ONLY=true TF_IN_AUTOMATION=true TF_INPUT=false
# A plan sends no key, so that the job needs none: any text will do.
export TF_VAR_access_key="${TF_VAR_access_key:-unused}"

# Runs Terraform in a root module, and leaves what it said in $said; gives its exit code.
run() {
  root=$1
  shift
  said=$("$terraform" -chdir="$root" "$@" 2>&1)
}

# Prints what Terraform said, without a line for each resource that it looked at.
show() {
  printf '%s\n' "$said" | grep -v -e ': Refreshing state\.\.\.' -e ': Reading\.\.\.' -e ': Read complete after'
}

# Prints why nothing can be told, by the errors in $said: the one reason that all of them have, or where to read them.
reason() {
  reasons=$(printf '%s\n' "$said" | sed -n 's/^.*Error: //p' | sort -u)
  case $reasons in
    '' | *"
"*) echo 'the errors above say why, and what to do.' ;;
    *) printf '%s. The error above says more, and what to do.\n' "$reasons" ;;
  esac
}

# Prints the errors in $said of tenants that somebody configured (0), or the names of the other tenants (1).
breaches() {
  printf '%s\n' "$said" | awk -v nobody="$1" '
    function tell() {
      if (tenant != "" && unconfigured == nobody) printf "%s", nobody ? (told++ ? ", " : "") tenant : text
      tenant = text = ""
      unconfigured = 0
    }
    /Error: / {
      tell()
      if (/Error: Tenant .* is not backed up as it should be/) {
        tenant = $0
        sub(/^.*Error: Tenant /, "", tenant)
        sub(/ is not backed up as it should be.*$/, "", tenant)
      }
    }
    /Not configured: / { unconfigured = 1 }
    { text = text $0 "\n" }
    END { tell() }
  '
}

# Prints what to do about a threshold, if it is among those that $breached names.
advise() {
  case $breached in
    *"(\`$1\`)"*) printf '  %s: %s\n' "$1" "$2" ;;
  esac
}

printf '== backups: is the cluster as configured?\n'
backups=1
unknown=''
if run backups init -no-color; then
  run backups state list -no-color
  case $said in
    *oceanbase_*)
      run backups plan -no-color -lock=false -detailed-exitcode
      backups=$?
      case $backups in
        0 | 2) ;;
        *) unknown=$(reason) ;;
      esac
      ;;
    # Every plan would be one of creations, for which the cluster need not even be there.
    *) backups=empty ;;
  esac
else
  unknown=$(reason)
fi
show

printf '\n== health: is every tenant backed up as it should be?\n'
health=1
if run health init -no-color; then
  run health plan -no-color -lock=false
  health=$?
fi
show

printf '\n== Result\n\n'
case $backups in
  0) echo 'backups: the cluster is as configured.' ;;
  2)
    echo 'backups: DRIFT. The cluster is not as configured. Above, # names the resource and its tenant, and ~ an attribute:'
    echo '  on the left what the cluster has, on the right what is configured.'
    echo '  If nobody meant it: read the warnings above, then terraform -chdir=backups apply.'
    echo '  If it was meant: change backups/main.tf until this is silent, and have that reviewed.'
    ;;
  empty)
    echo 'backups: FAILED. There is no state to compare with: it was never applied, or its backend is another one.'
    echo '  Look at the block backend in backups/main.tf, or: terraform -chdir=backups apply.'
    ;;
  *)
    printf 'backups: FAILED. Drift cannot be told: %s\n' "$unknown"
    ;;
esac
case $health in
  0) echo 'health: every tenant is backed up as it should be.' ;;
  *)
    case $said in
      *'is not backed up as it should be'*)
        echo 'health: BREACH. The errors above name the tenants, and what is wrong with each. Next:'
        unconfigured=$(breaches 1)
        if [ -n "$unconfigured" ]; then
          printf '  nobody configured the backups of: %s\n' "$unconfigured"
          echo '    Where the plan above creates them, apply it. Else add the tenant to backups/main.tf, apply, and start a backup;'
          echo '    or, if it needs none, name the other tenants as tenants in health/main.tf.'
        fi
        breached=$(breaches 0)
        advise data_backup_timeout 'look what the job waits for (COMMENT in CDB_OB_BACKUP_JOBS); cancel it if it will not end.'
        advise log_backup_delay 'do what the plan above says of oceanbase_archivelog. If nothing: start a backup if the log began anew, else look at the storage.'
        advise days_without_successful_backup 'start a backup, and look why none was started, or why it failed.'
        advise storage_capacity 'enlarge the storage, shorten the recovery window, or delete what nobody needs any more.'
        advise last_backup 'do away with the cause that is named above, then start a backup.'
        ;;
      *)
        why=$(reason)
        case $why in
          "$unknown") echo 'health: FAILED. It cannot be told, for the same reason.' ;;
          *) printf 'health: FAILED. It cannot be told: %s\n' "$why" ;;
        esac
        ;;
    esac
    ;;
esac

case $backups$health in
  00) exit 0 ;;
  20) exit 2 ;;
  *) exit 1 ;;
esac
