# Prints how long tests took, a line each, from results files of `dotnet test` (trx): seconds, fixture and name. Fixtures stand
# behind the results there, and are found by the test's identifier.
BEGIN { RS = "<" }

function attribute(name) {
  return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

/^UnitTestResult / {
  split(attribute("duration"), time, ":")
  test = attribute("testId")
  seconds[test] = 3600 * time[1] + 60 * time[2] + time[3]
  names[test] = attribute("testName")
}

/^UnitTest / { test = attribute("id") }

/^TestMethod / { fixtures[test] = attribute("className") }

END {
  for (test in seconds) {
    line = sprintf("%8.1f s  %s.%s", seconds[test], fixtures[test], names[test])
    gsub(/&lt;/, "<", line)
    gsub(/&gt;/, ">", line)
    gsub(/&quot;/, "\"", line)
    gsub(/&apos;/, "'", line)
    gsub(/&amp;/, "\\&", line)
    sub(/Convoy\.Tests\./, "", line)
    print line
  }
}
