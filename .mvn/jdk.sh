# Sourced by ./mvnw and ./vnetp: makes JAVA_HOME a JDK 25 or newer, where one is to be found.
# A JDK 25 often stands beside an older default, so PATH alone does not decide.

# Java takes the encoding of file names, its digits and its language from the locale that it starts in, and so do the
# programs that it starts: under C no path with an accent is found, under ar_EG process ids are written in other digits.
# C.UTF-8 is of the C library and needs no installed language.
LC_ALL=C.UTF-8
export LC_ALL
unset LANGUAGE # gettext heeds it before LC_ALL

# A service or a container may start us without HOME, which Maven's wrapper and other programs take for granted.
if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
  HOME=${HOME:-/}
  export HOME
fi

vnetp_jdk_version() { # JDK directory -> its feature version, 0 when it is no JDK
  if [ ! -x "$1/bin/javac" ] || [ ! -r "$1/release" ]; then
    echo 0
    return
  fi
  v=$(sed -n 's/^JAVA_VERSION="\([0-9][0-9]*\).*/\1/p' "$1/release")
  echo "${v:-0}"
}

vnetp_find_jdk() { # prints the JDK's directory; fails when there is none
  if [ -n "${JAVA_HOME-}" ] && [ "$(vnetp_jdk_version "$JAVA_HOME")" -ge 25 ]; then
    echo "$JAVA_HOME"
    return
  fi
  if on_path=$(command -v javac); then
    on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    if [ "$(vnetp_jdk_version "$on_path")" -ge 25 ]; then
      echo "$on_path"
      return
    fi
  fi
  for root in /usr/lib/jvm /opt /usr/java "$HOME/.sdkman/candidates/java" "$HOME/.jdks"; do
    [ -d "$root" ] || continue
    found=$(find "$root" -mindepth 1 -maxdepth 1 \( -type d -o -type l \) 2>/dev/null | sort)
    oldifs=$IFS
    IFS='
'
    for dir in $found; do
      if [ "$(vnetp_jdk_version "$dir")" -ge 25 ]; then
        IFS=$oldifs
        echo "$dir"
        return
      fi
    done
    IFS=$oldifs
  done
  return 1
}

if jdk=$(vnetp_find_jdk); then
  JAVA_HOME=$jdk
  export JAVA_HOME
fi
