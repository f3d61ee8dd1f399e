# What starts Changecast's JVM, for ./changecast of the sources and bin/changecast of the distribution.
# shellcheck shell=bash

fail() {
  printf 'changecast: %s\n' "$@" >&2
  exit 1
}

# readlink -f, which not every system has
resolve() {
  local file=$1 target
  while [ -L "$file" ]; do
    target=$(readlink "$file")
    case $target in
      /*) file=$target ;;
      *) file=$(dirname "$file")/$target ;;
    esac
  done
  printf '%s/%s\n' "$(cd -P "$(dirname "$file")" && pwd)" "$(basename "$file")"
}

# Sets java and java_version, or ends with what is missing.
find_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  if ! command -v "$java" >/dev/null; then
    [ -z "${JAVA_HOME:-}" ] ||
      fail "Java 17 or later is needed, and there is no '$java'." "JAVA_HOME names the wrong directory."
    fail "Java 17 or later is needed, and there is no 'java' on the PATH." \
      "On Debian or Ubuntu: apt-get install $1"
  fi
  # Reading the JDK's release file is much quicker than starting it to ask.
  local binary release
  binary=$(resolve "$(command -v "$java")")
  release=${binary%/bin/java}/release
  if [ -r "$release" ]; then
    java_version=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$release")
  else
    java_version=$("$java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p') || true
  fi
  local major=${java_version%%[!0-9]*}
  ((${major:-0} >= 17)) ||
    fail "Java 17 or later is needed, '$java' is ${java_version:-of an unknown version}." \
      "JAVA_HOME can name another one; on Debian or Ubuntu: apt-get install $1"
}

# Sets options: those of the JVM for a command, without the class path.
#   jvm_options HOME ARCHIVE COMMAND...
jvm_options() {
  local home=$1 archive=$2
  shift 2
  options=(
    -Dchangecast.home="$home" # the demo keeps its data there
    -Dfile.encoding=UTF-8
    -Djava.awt.headless=true
    # Guice by reflection alone: it starts quicker, and newer JDKs warn about its generated classes.
    -Dguice_bytecode_gen_option=DISABLED
    # A server without memory is restarted by its supervisor, not half alive.
    -XX:+ExitOnOutOfMemoryError
    # The JVM's own warnings go to stderr, stdout belongs to the command; an archive that does not fit is no news.
    -Xlog:disable "-Xlog:all=warning:stderr" "-Xlog:cds*=off:stderr" "-Xlog:class+path=off:stderr"
  )
  [ ! -e "$archive" ] || options+=(-Xshare:auto -XX:SharedArchiveFile="$archive")
  # Which of them a person reads; Java can only tell of both together.
  local stream is
  for stream in 1:out 2:err; do
    if [ -t "${stream%%:*}" ]; then is=true; else is=false; fi
    options+=("-Dchangecast.terminal.${stream#*:}=$is")
  done
  case ${1:-} in
    serve | demo)
      # The collector is the JVM's choice: G1 for short pauses, or the serial one on one core or little memory.
      # Compiled well after a quarter of the usual calls: at twenty messages a second the usual number takes minutes to reach.
      # Quickly compiled after the usual number, or a start compiles a third more, which nothing is the quicker for.
      options+=(-XX:Tier4InvocationThreshold=1250 -XX:Tier4MinInvocationThreshold=150)
      options+=(-XX:Tier4CompileThreshold=3750 -XX:Tier4BackEdgeThreshold=10000)
      # What opening connections took of the heap goes back to the system, at the latest after five quiet minutes; but not
      # so much that work which begins after a quiet time is collected every few milliseconds. Nor is the loading of classes
      # a reason to collect anything.
      options+=(-XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30 -XX:G1PeriodicGCInterval=300000)
      options+=(-XX:MetaspaceSize=128m)
      # With a smaller largest heap the JVM would refuse to start.
      case " ${CHANGECAST_JAVA_OPTS:-} ${JDK_JAVA_OPTIONS:-} ${JAVA_TOOL_OPTIONS:-} " in
        *" -Xmx"* | *MaxHeapSize* | *MaxRAM*) ;;
        *) options+=(-XX:MinHeapSize=128m) ;;
      esac
      ;;
    *)
      # Short commands: the quickest start, the least memory.
      options+=(-XX:TieredStopAtLevel=1)
      [[ ${CHANGECAST_JAVA_OPTS:-} == *GC* ]] || options+=(-XX:+UseSerialGC)
      ;;
  esac
}

# Makes an archive of loaded classes, which later starts map: it may fail, and nothing is missing then.
#   archive_classes ARCHIVE JAVA_ARGUMENTS...
archive_classes() {
  local archive=$1
  shift
  # Only then in its place: another start may be about to map it.
  "$java" -XX:ArchiveClassesAtExit="$archive.$$" -Xlog:disable "$@" </dev/null >/dev/null 2>&1 &&
    mv -f "$archive.$$" "$archive" 2>/dev/null || rm -f "$archive.$$" 2>/dev/null || true
}
