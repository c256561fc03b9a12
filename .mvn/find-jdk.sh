# Sourced by ./build and ./tokamak: finds a JDK 25 or newer and exports JAVA_HOME.

# Prints the feature release of the JDK in this folder, or 0.
jdk_release() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || { echo 0; return; }
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" | grep . || echo 0
}

require_jdk() {
  local candidate on_path
  on_path=$(command -v javac || true)
  [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path" 2> /dev/null || echo "$on_path")")")
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/jdk* /opt/java/* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$candidate" ] && [ "$(jdk_release "$candidate")" -ge 25 ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "Tokamak needs a JDK 25 or newer and found none in JAVA_HOME, on the PATH or in the usual folders." >&2
  echo "Get one from https://adoptium.net (or your package manager: temurin-25-jdk, openjdk-25-jdk) and set JAVA_HOME." >&2
  return 1
}
